package dev.lanewise.optim;

import java.util.List;
import java.util.Objects;
import java.util.function.LongToDoubleFunction;

/**
 * How the learning rate goes over a training, as a function of the step, counted from 0. The
 * schedules are PyTorch's; where PyTorch's goes on from the last learning rate, this is its closed
 * form. {@link LrScheduler} applies one to an optimiser. What should change once an epoch is
 * wrapped by {@link #every}.
 */
@FunctionalInterface
public interface Schedule {
  /** It stays as it is. */
  Schedule CONSTANT = (base, step, steps) -> base;

  /**
   * It falls to 0 over the training along half a cosine (Loshchilov and Hutter, <i>SGDR: Stochastic
   * Gradient Descent with Warm Restarts</i>, 2017, without the restarts).
   */
  Schedule COSINE = (base, step, steps) -> base * (1 + StrictMath.cos(Math.PI * step / steps)) / 2;

  /** It falls to 0 over the training along a line. */
  Schedule LINEAR = (base, step, steps) -> base * (1 - Math.min(1, (double) step / steps));

  /** It falls to 0 over the training as the square of the rest. */
  Schedule POLYNOMIAL =
      (base, step, steps) -> base * StrictMath.pow(1 - Math.min(1, (double) step / steps), 2);

  /** A tenth from half of the training on, a hundredth from three quarters on (He et al., 2016). */
  Schedule MULTISTEP =
      (base, step, steps) -> base * (4 * step < 2 * steps ? 1 : 4 * step < 3 * steps ? 0.1 : 0.01);

  /**
   * The learning rate of a step.
   *
   * @param base that of the optimiser, as it was set up
   * @param step counted from 0
   * @param steps of the whole training, for schedules that span it
   */
  double lr(double base, long step, long steps);

  /** The momentum (of Adam: beta1) of a step; NaN where the schedule leaves it alone. */
  default double momentum(long step, long steps) {
    return Double.NaN;
  }

  /** What the learning rate of the start is multiplied by. */
  default double factor(long step, long steps) {
    return lr(1, step, steps);
  }

  /** Times gamma after every {@code size} steps. */
  static Schedule step(long size, double gamma) {
    positive("size", size);
    return (base, step, steps) -> {
      long times = step / size;
      return base * StrictMath.pow(gamma, times);
    };
  }

  /** Times gamma at each milestone. */
  static Schedule multistep(List<Long> milestones, double gamma) {
    List<Long> all = List.copyOf(milestones);
    return (base, step, steps) ->
        base * StrictMath.pow(gamma, all.stream().filter(m -> m <= step).count());
  }

  /** Times gamma after each step. */
  static Schedule exponential(double gamma) {
    return (base, step, steps) -> base * StrictMath.pow(gamma, step);
  }

  /** Along a cosine to {@code least} at step {@code half}, and up again. */
  static Schedule cosine(long half, double least) {
    return (base, step, steps) ->
        least + (base - least) * (1 + StrictMath.cos(Math.PI * step / positive("half", half))) / 2;
  }

  /**
   * Along half a cosine to {@code least}, again and again (Loshchilov and Hutter, 2017).
   *
   * @param first steps of the first period
   * @param growth how many times longer each period is than the last one
   */
  static Schedule warmRestarts(long first, long growth, double least) {
    positive("growth", growth);
    return (base, step, steps) -> {
      long period = positive("first", first);
      long place = step;
      while (place >= period) {
        place -= period;
        period *= growth;
      }
      return least + (base - least) * (1 + StrictMath.cos(Math.PI * place / period)) / 2;
    };
  }

  /** From {@code start} to {@code end} times the base within so many steps: a warm-up. */
  static Schedule linear(double start, double end, long within) {
    return (base, step, steps) ->
        base * (start + (end - start) * Math.min(step, within) / positive("within", within));
  }

  /** {@code factor} times the base for so many steps, then the base. */
  static Schedule constant(double factor, long within) {
    return (base, step, steps) -> step < within ? base * factor : base;
  }

  /** To 0 within so many steps, as a power of the rest. */
  static Schedule polynomial(long within, double power) {
    return (base, step, steps) ->
        base
            * StrictMath.pow(
                1 - (double) Math.min(step, within) / positive("within", within), power);
  }

  /** Times any function of the step. */
  static Schedule lambda(LongToDoubleFunction factor) {
    Objects.requireNonNull(factor, "factor");
    return (base, step, steps) -> base * factor.applyAsDouble(step);
  }

  /** Up along a line from base / warm within {@code warm} steps, then to 0 along half a cosine. */
  static Schedule warmupCosine(long warm, long total) {
    return (base, step, steps) ->
        step < warm
            ? base * (step + 1) / warm
            : base * (1 + StrictMath.cos(Math.PI * (step - warm) / (total - warm))) / 2;
  }

  /**
   * Up along a line from base / warm within {@code warm} steps, then with one over the square root
   * of the step (Vaswani et al., <i>Attention Is All You Need</i>, 2017, whose base is chosen
   * apart).
   */
  static Schedule inverseSquareRoot(long warm) {
    return (base, step, steps) ->
        step < warm ? base * (step + 1) / warm : base * StrictMath.sqrt((double) warm / (step + 1));
  }

  /** This schedule after a warm-up along a line from base / warm in so many steps. */
  default Schedule after(long warm) {
    Schedule then = this;
    return new Schedule() {
      @Override
      public double lr(double base, long step, long steps) {
        return step < warm
            ? then.lr(base, 0, steps - warm) * (step + 1) / (warm + 1)
            : then.lr(base, step - warm, steps - warm);
      }

      @Override
      public double momentum(long step, long steps) {
        return then.momentum(Math.max(0, step - warm), steps - warm);
      }
    };
  }

  /** One after the other: the next one begins, from its step 0, at each milestone. */
  static Schedule sequential(List<Schedule> schedules, List<Long> milestones) {
    if (schedules.size() != milestones.size() + 1) {
      throw new IllegalArgumentException(
          "sequential: "
              + schedules.size()
              + " schedules have "
              + milestones.size()
              + " milestones between them; expected one less");
    }
    List<Schedule> all = List.copyOf(schedules);
    List<Long> ends = List.copyOf(milestones);
    return (base, step, steps) -> {
      int index = (int) ends.stream().filter(m -> m <= step).count();
      long start = index == 0 ? 0 : ends.get(index - 1);
      return all.get(index).lr(base, step - start, steps - start);
    };
  }

  /** All at once, each on what the last one gives. */
  static Schedule chained(List<Schedule> schedules) {
    List<Schedule> all = List.copyOf(schedules);
    return (base, step, steps) -> {
      double lr = base;
      for (Schedule schedule : all) {
        lr = schedule.lr(lr, step, steps);
      }
      return lr;
    };
  }

  /** This schedule, where a step is so many steps: those of an epoch. */
  default Schedule every(long many) {
    Schedule slow = this;
    positive("many", many);
    return new Schedule() {
      @Override
      public double lr(double base, long step, long steps) {
        return slow.lr(base, step / many, Math.ceilDiv(steps, many));
      }

      @Override
      public double momentum(long step, long steps) {
        return slow.momentum(step / many, Math.ceilDiv(steps, many));
      }
    };
  }

  private static long positive(String name, long value) {
    if (value < 1) {
      throw new IllegalArgumentException(
          "A schedule has " + name + " = " + value + "; expected a whole number from 1.");
    }
    return value;
  }
}
