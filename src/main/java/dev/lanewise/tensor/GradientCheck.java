package dev.lanewise.tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Compares gradients with central differences along random directions: for a function f, weights w
 * of its output and a direction v, {@code <∇ <w, f>, v>} against {@code <w, f(x + εv) - f(x - εv)>
 * / 2ε}. One pair of evaluations a direction, whatever the number of elements.
 */
public final class GradientCheck {
  /** The error of a function's values, relative to their size: some units in the last place. */
  private static final double ROUNDING = 1e-6;

  private final float epsilon;
  private final double tolerance;
  private final int directions;
  private final long seed;

  /**
   * @param epsilon the step; with float32 about 1e-2 for values near 1 (rounding grows as 1/ε,
   *     truncation as ε²)
   * @param tolerance largest allowed difference, relative to the terms of the sum that the slope
   *     is; what float32 rounds is allowed for beside it
   * @param directions how many random directions
   * @param seed of weights and directions
   */
  public GradientCheck(float epsilon, double tolerance, int directions, long seed) {
    this.epsilon = epsilon;
    this.tolerance = tolerance;
    this.directions = directions;
    this.seed = seed;
  }

  /** Step 1e-2, tolerance 1e-2, three directions. */
  public static GradientCheck standard() {
    return new GradientCheck(1e-2f, 1e-2, 3, 1);
  }

  /** A function of several tensors. */
  public interface Case extends Function<List<Tensor>, Tensor> {}

  /**
   * Checks first derivatives with respect to all inputs.
   *
   * @throws AssertionError when they disagree; the message has both values
   */
  public void first(String name, Case function, List<float[]> values, List<Shape> shapes) {
    check(name + " (first order)", function, values, shapes);
  }

  /**
   * Checks second derivatives: the gradient of {@code <∇ <w, f>, u>} for a random u.
   *
   * @throws AssertionError when they disagree
   */
  public void second(String name, Case function, List<float[]> values, List<Shape> shapes) {
    Case slope =
        inputs -> {
          Random random = new Random(seed + 17);
          Tensor y = function.apply(inputs);
          Tensor w = Tensor.of(randomValues(random, y.size()), y.shape().toArray());
          @Nullable Tensor total = null;
          List<Tensor> used = new ArrayList<>(inputs);
          Tensor objective = y.mul(w).sum();
          if (!objective.requiresGrad()) {
            return zero(inputs);
          }
          @Nullable Tensor[] gradients =
              Tape.gradAllowUnused(List.of(objective), null, used, true, true);
          for (int i = 0; i < gradients.length; i++) {
            Tensor u =
                Tensor.of(randomValues(random, used.get(i).size()), used.get(i).shape().toArray());
            if (gradients[i] != null) {
              Tensor part = gradients[i].mul(u).sum();
              total = total == null ? part : total.add(part);
            }
          }
          if (total == null) {
            return zero(inputs);
          }
          // Where the slope hangs on nothing, its differences must be zero, too.
          return total.requiresGrad() ? total : total.add(zero(inputs));
        };
    check(name + " (second order)", slope, values, shapes);
  }

  /** A zero that hangs on the inputs, for functions that are linear or constant in them. */
  private static Tensor zero(List<Tensor> inputs) {
    Tensor total = Tensor.scalar(0);
    for (Tensor input : inputs) {
      total = total.add(input.sum().mul(0));
    }
    return total;
  }

  private void check(String name, Case function, List<float[]> values, List<Shape> shapes) {
    Random random = new Random(seed);
    try (Scope scope = Scope.open()) {
      List<Tensor> inputs = tensors(values, shapes, null, 0);
      inputs.forEach(Tensor::requireGrad);
      Tensor y = function.apply(inputs);
      float[] w = randomValues(random, y.size());
      Tensor weights = Tensor.of(w, y.shape().toArray());
      @Nullable Tensor[] gradients =
          Tape.gradAllowUnused(List.of(y.mul(weights).sum()), null, inputs, false, false);
      double rounding = ROUNDING * sizeOf(y.toArray(), w) / epsilon;
      for (int d = 0; d < directions; d++) {
        List<float[]> v = new ArrayList<>();
        double slope = 0;
        double size = 0;
        for (int i = 0; i < values.size(); i++) {
          float[] direction = randomValues(random, values.get(i).length);
          v.add(direction);
          if (gradients[i] != null) {
            float[] gradient = gradients[i].toArray();
            for (int j = 0; j < gradient.length; j++) {
              slope += (double) gradient[j] * direction[j];
            }
            size += sizeOf(gradient, direction);
          }
        }
        double above = evaluate(function, values, shapes, v, epsilon, w);
        double below = evaluate(function, values, shapes, v, -epsilon, w);
        double difference = (above - below) / (2.0 * epsilon);
        double allowed = tolerance * Math.max(size, Math.abs(difference)) + rounding;
        if (!(Math.abs(slope - difference) <= allowed)) {
          throw new AssertionError(
              name
                  + ": the gradient gives "
                  + slope
                  + " along a random direction, differences give "
                  + difference);
        }
      }
    }
  }

  /** The sum of products without their signs: what could not cancel. */
  private static double sizeOf(float[] a, float[] b) {
    double size = 0;
    for (int i = 0; i < a.length; i++) {
      size += Math.abs((double) a[i] * b[i]);
    }
    return size;
  }

  private static double evaluate(
      Case function,
      List<float[]> values,
      List<Shape> shapes,
      List<float[]> direction,
      float step,
      float[] w) {
    try (Scope scope = Scope.open()) {
      List<Tensor> inputs = tensors(values, shapes, direction, step);
      // Recorded as before: functions may differentiate inside.
      inputs.forEach(Tensor::requireGrad);
      float[] y = function.apply(inputs).toArray();
      double sum = 0;
      for (int i = 0; i < y.length; i++) {
        sum += (double) y[i] * w[i];
      }
      return sum;
    }
  }

  private static List<Tensor> tensors(
      List<float[]> values, List<Shape> shapes, @Nullable List<float[]> direction, float step) {
    List<Tensor> tensors = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      float[] x = values.get(i).clone();
      for (int j = 0; j < x.length && direction != null; j++) {
        x[j] += step * direction.get(i)[j];
      }
      tensors.add(Tensor.of(x, shapes.get(i).toArray()));
    }
    return tensors;
  }

  private static float[] randomValues(Random random, long count) {
    float[] values = new float[Math.toIntExact(count)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (random.nextDouble() * 2 - 1);
    }
    return values;
  }
}
