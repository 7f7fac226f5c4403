package dev.lanewise.op;

import dev.lanewise.op.Sample.Constant;
import dev.lanewise.op.Sample.Input;
import dev.lanewise.op.Sample.Numbers;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleSupplier;

/**
 * Calls of the ops of one kind, good and bad ones: what the sample files are written with.
 *
 * <p>Values keep away from kinks, poles and ties by more than the step of the gradient check.
 */
abstract class SampleSet {
  final List<Sample> samples = new ArrayList<>();
  final List<Bad> bad = new ArrayList<>();
  private final Random random = new Random(42);

  /** A call that must be refused, and a part of the one sentence that says why. */
  record Bad(Class<? extends Op> op, Runnable call, String message) {
    @Override
    public String toString() {
      return op.getSimpleName() + ": " + message;
    }
  }

  /** Adds calls on anything but images. */
  abstract void samples();

  /** Adds calls on images in a batch of {@code n}. */
  void images(int n) {}

  /** Adds calls that must be refused: at least one for every op that does not take all shapes. */
  void refused() {}

  void add(Op op, String variant, Input... inputs) {
    samples.add(Sample.of(op, variant, inputs));
  }

  Numbers numbers(DoubleSupplier source, int... dims) {
    Shape shape = Shape.of(dims);
    float[] values = new float[Math.toIntExact(shape.size())];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) source.getAsDouble();
    }
    return new Numbers(shape, values);
  }

  Numbers normal(int... dims) {
    return numbers(() -> Math.clamp(random.nextGaussian(), -2, 2), dims);
  }

  Numbers positive(int... dims) {
    return numbers(() -> 0.6 + random.nextDouble() * 1.5, dims);
  }

  Numbers awayFromZero(int... dims) {
    return numbers(() -> (random.nextBoolean() ? 1 : -1) * (0.1 + random.nextDouble()), dims);
  }

  /** Quarters and a little: with different offsets never closer than 0.1. */
  Numbers quarters(double offset, int... dims) {
    return numbers(() -> (random.nextInt(16) - 8) / 4.0 + offset, dims);
  }

  Constant truths(int... dims) {
    Numbers numbers = normal(dims);
    return new Constant(numbers.shape(), () -> numbers.make().gt(Tensor.scalar(0)));
  }

  /** From -2 to 2, at least 0.1 away from every half and every whole number. */
  Numbers betweenSteps(int... dims) {
    return numbers(() -> (random.nextInt(8) - 4) / 2.0 + 0.13 + random.nextDouble() * 0.2, dims);
  }

  Numbers within(double bound, int... dims) {
    return numbers(() -> (random.nextDouble() * 2 - 1) * bound, dims);
  }

  Numbers above(double bound, int... dims) {
    return numbers(() -> bound + random.nextDouble(), dims);
  }

  /** No two values closer than 0.05, in random order. */
  Numbers spaced(int... dims) {
    Numbers numbers = numbers(() -> 0, dims);
    float[] values = numbers.values();
    for (int i = 0; i < values.length; i++) {
      int other = random.nextInt(i + 1);
      values[i] = values[other];
      values[other] = 0.05f * (i - values.length / 2);
    }
    return numbers;
  }

  Constant indices(int below, int count) {
    return labels(random.longs(count, 0, below).toArray());
  }

  static Constant labels(long... values) {
    return new Constant(Shape.of(values.length), () -> Tensor.ofLongs(values, values.length));
  }

  static Constant frozen(Numbers numbers) {
    return new Constant(numbers.shape(), numbers::make);
  }

  void bad(Op op, String message, Shape... shapes) {
    bad.add(new Bad(op.getClass(), () -> op.shape(shapes), message));
  }

  void bad(Class<? extends Op> op, Runnable call, String message) {
    bad.add(new Bad(op, call, message));
  }
}
