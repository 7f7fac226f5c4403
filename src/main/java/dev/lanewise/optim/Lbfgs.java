package dev.lanewise.optim;

import dev.lanewise.optim.LineSearch.Point;
import dev.lanewise.tensor.Scope;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tape;
import dev.lanewise.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The quasi-Newton method that remembers the last differences of parameters and of gradients
 * (Nocedal, <i>Updating Quasi-Newton Matrices with Limited Storage</i>, 1980), for smooth losses
 * over whole batches, as PyTorch computes it. One {@link #step} makes several iterations and asks
 * for the loss many times, so unlike the other optimisers it is given the computation:
 *
 * <pre>{@code
 * double loss = lbfgs.step(() -> {
 *   lbfgs.zeroGrad();
 *   Tensor mean = network.forward(x).mse(y);
 *   mean.backward();
 *   return mean;
 * });
 * }</pre>
 *
 * Options: {@code lr} (the step along the direction, or where the search begins), {@code maxIter}
 * and {@code maxEval} of a step, {@code toleranceGrad} and {@code toleranceChange} below which it
 * ends early, {@code historySize}, {@code strongWolfe} to search along each direction.
 */
public final class Lbfgs {
  private static final Keywords KEYWORDS =
      new Keywords("Lbfgs")
          .number("lr", 1)
          .number("maxIter", 20)
          .number("maxEval", 0)
          .number("toleranceGrad", 1e-7)
          .number("toleranceChange", 1e-9)
          .number("historySize", 100)
          .flag("strongWolfe");

  /** Two points must differ by so much for the curvature between them to be believed. */
  private static final double LEAST_CURVATURE = 1e-10;

  /** The difference of two gradients, that of the parameters, and one over their product. */
  private record Pair(Tensor gradients, Tensor parameters, double inverse) {
    static Pair of(Tensor gradients, Tensor parameters) {
      return new Pair(gradients, parameters, 1.0 / dot(gradients, parameters));
    }
  }

  private final Map<String, Tensor> parameters;
  private Options options;
  private final List<Pair> history = new ArrayList<>();
  private @Nullable Tensor lastMove;
  private @Nullable Tensor lastGradient;

  /** How long the first guess of the inverse Hessian, a multiple of the identity, makes vectors. */
  private float scale = 1;

  /** With PyTorch's defaults, which include no line search. */
  public Lbfgs(Map<String, Tensor> parameters) {
    this(parameters, Options.none());
  }

  /**
   * With options.
   *
   * @param parameters as layers list them; those that collect no gradient are frozen
   * @throws IllegalArgumentException when an option is wrong
   */
  public Lbfgs(Map<String, Tensor> parameters, Options options) {
    this.parameters = new LinkedHashMap<>(parameters);
    this.parameters.values().removeIf(parameter -> !parameter.requiresGrad());
    this.options = KEYWORDS.complete(options);
  }

  /**
   * Moves the parameters by up to {@code maxIter} iterations.
   *
   * @param closure drops the gradients, computes the loss, runs backward and returns the loss
   * @return the loss before the step
   * @throws IllegalStateException when a parameter has no gradient after the closure
   */
  public double step(Supplier<Tensor> closure) {
    int iterations = (int) options.get("maxIter");
    int most = (int) options.get("maxEval");
    most = most == 0 ? iterations * 5 / 4 : most;
    Point here = evaluate(closure, 0);
    double first = here.loss();
    int evaluations = 1;
    for (int i = 1; i <= iterations && !flat(here); i++) {
      try (Scope scope = Scope.open()) {
        boolean begins = lastGradient == null;
        Tensor direction = direction(here.gradient());
        Point start = along(direction, here);
        lastGradient = here.gradient();
        if (start.slope() > -options.get("toleranceChange")) {
          break;
        }
        double t = lr();
        if (begins) {
          t *= Math.min(1, 1 / here.gradient().abs().sum().item());
        }
        Tensor origin = values();
        Point next;
        if (options.on("strongWolfe")) {
          double narrowest = options.get("toleranceChange") / largest(direction);
          LineSearch search =
              new LineSearch(
                  start,
                  step -> {
                    move(origin, direction, step);
                    return along(direction, evaluate(closure, step));
                  },
                  narrowest);
          next = search.from(t);
          move(origin, direction, next.t());
          evaluations += search.evaluations();
        } else {
          move(origin, direction, t);
          // Nobody asks for the loss behind the last move: the next step begins with it.
          next = i < iterations ? evaluate(closure, t) : new Point(t, first, here.gradient(), 0);
          evaluations++;
        }
        lastMove = Scope.release(direction.mul((float) next.t()));
        double change = options.get("toleranceChange");
        if (evaluations >= most
            || largest(lastMove) <= change
            || Math.abs(next.loss() - here.loss()) < change) {
          break;
        }
        here = new Point(0, next.loss(), next.gradient(), 0);
      }
    }
    return first;
  }

  /** The loss of the parameters as they are, and its gradient. */
  private Point evaluate(Supplier<Tensor> closure, double t) {
    try (Scope scope = Scope.open()) {
      double loss = closure.get().item();
      List<Tensor> rows = new ArrayList<>();
      parameters.forEach((name, parameter) -> {
        Tensor gradient = parameter.grad();
        if (gradient == null) {
          throw new IllegalStateException(
              "step: the parameter " + name + " has no gradient after the closure");
        }
        rows.add(gradient);
      });
      return new Point(t, loss, Scope.release(row(rows)), 0);
    }
  }

  private static Point along(Tensor direction, Point point) {
    return new Point(point.t(), point.loss(), point.gradient(), dot(point.gradient(), direction));
  }

  /**
   * Minus the gradient times the approximate inverse Hessian, by the two loops over what is
   * remembered, after the last move has been added to it.
   */
  private Tensor direction(Tensor gradient) {
    if (lastGradient != null && lastMove != null) {
      Tensor difference = gradient.sub(lastGradient);
      double curvature = dot(difference, lastMove);
      if (curvature > LEAST_CURVATURE) {
        if (history.size() == (int) options.get("historySize")) {
          history.removeFirst();
        }
        history.add(Pair.of(Scope.release(difference), lastMove));
        scale = (float) (curvature / dot(difference, difference));
      }
    }
    Tensor d = gradient.neg();
    double[] shares = new double[history.size()];
    for (int i = shares.length - 1; i >= 0; i--) {
      Pair pair = history.get(i);
      shares[i] = dot(pair.parameters, d) * pair.inverse;
      d = d.sub(pair.gradients.mul((float) shares[i]));
    }
    d = d.mul(scale);
    for (int i = 0; i < shares.length; i++) {
      Pair pair = history.get(i);
      double share = dot(pair.gradients, d) * pair.inverse;
      d = d.add(pair.parameters.mul((float) (shares[i] - share)));
    }
    return d;
  }

  /** All parameters in one row, as they are now. */
  private Tensor values() {
    return Tape.noGrad(() -> row(List.copyOf(parameters.values())));
  }

  private static Tensor row(List<Tensor> tensors) {
    return Tensor.concat(tensors.stream().map(tensor -> tensor.reshape(-1)).toList(), 0);
  }

  /** Parameters are {@code origin + t direction} from now on. */
  private void move(Tensor origin, Tensor direction, double t) {
    float[] values = origin.add(direction.mul((float) t)).toArray();
    int at = 0;
    for (Tensor parameter : parameters.values()) {
      int size = Math.toIntExact(parameter.size());
      parameter.copyFrom(Arrays.copyOfRange(values, at, at + size));
      at += size;
    }
  }

  private boolean flat(Point point) {
    return largest(point.gradient()) <= options.get("toleranceGrad");
  }

  private static double dot(Tensor a, Tensor b) {
    return a.dot(b).item();
  }

  private static double largest(Tensor x) {
    return x.abs().max().item();
  }

  /** Drops the gradients of all parameters. */
  public void zeroGrad() {
    parameters.values().forEach(Tensor::zeroGrad);
  }

  /** The parameters that move, in the order in which they were given. */
  public Map<String, Tensor> parameters() {
    return Collections.unmodifiableMap(parameters);
  }

  /** The learning rate of the next step. */
  public double lr() {
    return options.get("lr");
  }

  /**
   * Changes the learning rate.
   *
   * @throws IllegalArgumentException when it is negative or not finite
   */
  public void lr(double lr) {
    options = KEYWORDS.complete(options.with("lr", lr));
  }

  /**
   * What is remembered from step to step, by name, for a checkpoint: the last gradient and move
   * [n], the scale, and, where there are any, the k differences of gradients and of parameters [k,
   * n].
   */
  public Map<String, Tensor> state() {
    Map<String, Tensor> state = new LinkedHashMap<>();
    if (lastGradient != null) {
      state.put("last_gradient", lastGradient);
    }
    if (lastMove != null) {
      state.put("last_move", lastMove);
      state.put("scale", Tensor.scalar(scale));
    }
    if (!history.isEmpty()) {
      state.put("gradients", Tensor.stack(history.stream().map(Pair::gradients).toList(), 0));
      state.put("parameters", Tensor.stack(history.stream().map(Pair::parameters).toList(), 0));
    }
    return state;
  }

  /**
   * Takes over what {@link #state} of another one over the same parameters has given. The tensors
   * are copied. What is not in it starts anew.
   *
   * @throws IllegalArgumentException when a tensor has another size than the parameters
   */
  public void load(Map<String, Tensor> state) {
    history.clear();
    lastGradient = state.containsKey("last_gradient") ? own(state.get("last_gradient")) : null;
    lastMove = state.containsKey("last_move") ? own(state.get("last_move")) : null;
    Tensor factor = state.get("scale");
    scale = factor == null ? 1 : factor.item();
    Tensor gradients = state.get("gradients");
    Tensor moves = state.get("parameters");
    if (gradients != null && moves != null) {
      for (int i = 0; i < gradients.shape().dim(0); i++) {
        history.add(Pair.of(own(gradients.select(0, i)), own(moves.select(0, i))));
      }
    }
  }

  private Tensor own(Tensor stored) {
    long size = parameters.values().stream().mapToLong(Tensor::size).sum();
    if (!stored.shape().equals(Shape.of(Math.toIntExact(size)))) {
      throw new IllegalArgumentException(
          "load: the state of Lbfgs has shape %s, expected [%d], all parameters in a row"
              .formatted(stored.shape(), size));
    }
    return Scope.release(Tensor.of(stored.toArray(), stored.shape().toArray()));
  }
}
