package dev.lanewise.tensor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Products with Jacobian and Hessian matrices of functions, and these matrices themselves. J is the
 * matrix of {@code ∂y_i/∂x_j}, H that of {@code ∂²y/∂x_i∂x_j}.
 *
 * <pre>{@code
 * Tensor x = Tensor.of(new float[] {1, 2}, 2);
 * Derivatives.jacobian(t -> t.mul(t), x);         // [[2, 0], [0, 4]]
 * Derivatives.hessian(t -> t.pow(3).sum(), x);    // [[6, 0], [0, 12]]
 * }</pre>
 *
 * <p>Functions are called on leaves that hold the elements of the inputs; the inputs themselves
 * stay as they are, and so do gradients that were collected. What a function reads besides is a
 * constant. Results are not recorded; for derivatives of them there is {@link Tape#grad} with
 * {@code createGraph}. An input that the function does not use has the derivative 0.
 */
public final class Derivatives {
  private Derivatives() {}

  /** As {@link #vectorJacobian(Function, List, Tensor)}, for one input: {@code vᵀJ}. */
  public static Tensor vectorJacobian(UnaryOperator<Tensor> function, Tensor x, Tensor v) {
    return vectorJacobian(single(function), List.of(x), v)[0];
  }

  /**
   * The product {@code vᵀJ}, for the price of one backward.
   *
   * @param v of the shape of the result
   * @return of the shapes of the inputs
   * @throws IllegalArgumentException when v has another shape
   */
  public static Tensor[] vectorJacobian(
      Function<List<Tensor>, Tensor> function, List<Tensor> inputs, Tensor v) {
    try (Scope scope = Scope.open()) {
      List<Tensor> leaves = leaves(inputs);
      Tensor y = recorded(() -> function.apply(leaves));
      check("vectorJacobian", "v", v, "the result", y);
      return kept(scope, gradients(y, v, leaves, false));
    }
  }

  /** As {@link #jacobianVector(Function, List, List)}, for one input: {@code Jv}. */
  public static Tensor jacobianVector(UnaryOperator<Tensor> function, Tensor x, Tensor v) {
    return jacobianVector(single(function), List.of(x), List.of(v));
  }

  /**
   * The product {@code Jv}: how the result changes along a direction. The gradient {@code wᵀJ} is
   * linear in w, and its own backward, at any w, gives {@code Jv}: two backwards, whatever the
   * sizes.
   *
   * @param v of the shapes of the inputs
   * @return of the shape of the result
   * @throws IllegalArgumentException when v has other shapes
   */
  public static Tensor jacobianVector(
      Function<List<Tensor>, Tensor> function, List<Tensor> inputs, List<Tensor> v) {
    check("jacobianVector", inputs, v);
    try (Scope scope = Scope.open()) {
      List<Tensor> leaves = leaves(inputs);
      Tensor y = recorded(() -> function.apply(leaves));
      Tensor w = Tensor.zeros(y.shape().toArray()).requireGrad();
      Tensor[] gradients = gradients(y, w, leaves, true);
      return kept(scope, gradients(List.of(gradients), v, List.of(w), false))[0];
    }
  }

  /** As {@link #hessianVector(Function, List, List)}, for one input: {@code Hv}. */
  public static Tensor hessianVector(UnaryOperator<Tensor> function, Tensor x, Tensor v) {
    return hessianVector(single(function), List.of(x), List.of(v))[0];
  }

  /**
   * The product {@code Hv} of a function with one value: the gradient of {@code <∇y, v>}, two
   * backwards whatever the sizes (Pearlmutter, <i>Fast Exact Multiplication by the Hessian</i>,
   * 1994).
   *
   * @param v of the shapes of the inputs
   * @return of the shapes of the inputs
   * @throws IllegalArgumentException when v has other shapes, or the result more than one element
   */
  public static Tensor[] hessianVector(
      Function<List<Tensor>, Tensor> function, List<Tensor> inputs, List<Tensor> v) {
    check("hessianVector", inputs, v);
    try (Scope scope = Scope.open()) {
      List<Tensor> leaves = leaves(inputs);
      Tensor[] slopes = slopes("hessianVector", function, leaves);
      return kept(scope, gradients(List.of(slopes), v, leaves, false));
    }
  }

  /** As {@link #jacobian(Function, List)}, for one input. */
  public static Tensor jacobian(UnaryOperator<Tensor> function, Tensor x) {
    return jacobian(single(function), List.of(x))[0];
  }

  /**
   * The whole matrix J for each input: one backward for each element of the result.
   *
   * @return of the shape of the result followed by that of the input
   */
  public static Tensor[] jacobian(Function<List<Tensor>, Tensor> function, List<Tensor> inputs) {
    try (Scope scope = Scope.open()) {
      List<Tensor> leaves = leaves(inputs);
      Tensor y = recorded(() -> function.apply(leaves));
      return kept(scope, rows(y, leaves));
    }
  }

  /** As {@link #hessian(Function, List)}, for one input. */
  public static Tensor hessian(UnaryOperator<Tensor> function, Tensor x) {
    return hessian(single(function), List.of(x))[0][0];
  }

  /**
   * The whole matrix H of a function with one value: one backward through the gradient for each
   * element of the inputs.
   *
   * @return at [i][j] the derivatives by inputs i and j, of the shape of input i followed by that
   *     of input j
   * @throws IllegalArgumentException when the result has more than one element
   */
  public static Tensor[][] hessian(Function<List<Tensor>, Tensor> function, List<Tensor> inputs) {
    try (Scope scope = Scope.open()) {
      List<Tensor> leaves = leaves(inputs);
      Tensor[] slopes = slopes("hessian", function, leaves);
      Tensor[][] blocks = new Tensor[slopes.length][];
      for (int i = 0; i < slopes.length; i++) {
        blocks[i] = kept(scope, rows(slopes[i], leaves));
      }
      return blocks;
    }
  }

  private static Function<List<Tensor>, Tensor> single(UnaryOperator<Tensor> function) {
    return inputs -> function.apply(inputs.getFirst());
  }

  private static List<Tensor> leaves(List<Tensor> inputs) {
    return inputs.stream().map(input -> input.detach().requireGrad()).toList();
  }

  private static Tensor recorded(Supplier<Tensor> body) {
    try (Tape.Pause pause = Tape.record()) {
      return body.get();
    }
  }

  private static Tensor[] slopes(
      String who, Function<List<Tensor>, Tensor> function, List<Tensor> leaves) {
    Tensor y = recorded(() -> function.apply(leaves));
    if (y.size() != 1) {
      throw new IllegalArgumentException(
          who + ": the function must have one value, found a result of shape " + y.shape());
    }
    return gradients(y, Tensor.ones(y.shape().toArray()), leaves, true);
  }

  /** The gradients of {@code <output, v>}. */
  private static Tensor[] gradients(
      Tensor output, Tensor v, List<Tensor> leaves, boolean createGraph) {
    return gradients(List.of(output), List.of(v), leaves, createGraph);
  }

  /** The gradients of {@code Σ <outputs_i, v_i>}, zeros for leaves without a part. */
  private static Tensor[] gradients(
      List<Tensor> outputs, List<Tensor> v, List<Tensor> leaves, boolean createGraph) {
    List<Tensor> moving = new ArrayList<>();
    List<Tensor> weights = new ArrayList<>();
    for (int i = 0; i < outputs.size(); i++) {
      if (outputs.get(i).requiresGrad()) {
        moving.add(outputs.get(i));
        weights.add(v.get(i));
      }
    }
    @Nullable Tensor[] found =
        moving.isEmpty()
            ? new @Nullable Tensor[leaves.size()]
            : Tape.gradAllowUnused(moving, weights, leaves, true, createGraph);
    Tensor[] gradients = new Tensor[found.length];
    for (int i = 0; i < found.length; i++) {
      Tensor gradient = found[i];
      gradients[i] = gradient == null ? Tensor.zeros(leaves.get(i).shape().toArray()) : gradient;
    }
    return gradients;
  }

  /** The derivatives of all elements of y, one after the other. */
  private static Tensor[] rows(Tensor y, List<Tensor> leaves) {
    int count = Math.toIntExact(y.size());
    float[] unit = new float[count];
    List<float[]> matrices = new ArrayList<>();
    for (Tensor leaf : leaves) {
      matrices.add(new float[Math.toIntExact(Math.multiplyExact(count, leaf.size()))]);
    }
    for (int row = 0; row < count; row++) {
      try (Scope scope = Scope.open()) {
        unit[row] = 1;
        Tensor v = Tensor.of(unit, y.shape().toArray());
        unit[row] = 0;
        Tensor[] gradients = gradients(y, v, leaves, false);
        for (int i = 0; i < gradients.length; i++) {
          float[] gradient = gradients[i].toArray();
          System.arraycopy(gradient, 0, matrices.get(i), row * gradient.length, gradient.length);
        }
      }
    }
    Tensor[] jacobians = new Tensor[leaves.size()];
    for (int i = 0; i < jacobians.length; i++) {
      int[] left = y.shape().toArray();
      int[] right = leaves.get(i).shape().toArray();
      int[] dims = Arrays.copyOf(left, left.length + right.length);
      System.arraycopy(right, 0, dims, left.length, right.length);
      jacobians[i] = Tensor.of(matrices.get(i), dims);
    }
    return jacobians;
  }

  /** The results alone outlive the scope that they were computed in. */
  private static Tensor[] kept(Scope scope, Tensor[] results) {
    for (int i = 0; i < results.length; i++) {
      // What was handed in, or stands in two places, is copied: each result is a tensor of its own.
      boolean mine = results[i].storage().scope == scope && !results[i].storage().shared();
      results[i] = scope.keep(mine ? results[i] : results[i].copy());
    }
    return results;
  }

  private static void check(String who, List<Tensor> inputs, List<Tensor> v) {
    if (inputs.size() != v.size()) {
      throw new IllegalArgumentException(
          who + ": found " + v.size() + " vectors for " + inputs.size() + " inputs");
    }
    for (int i = 0; i < v.size(); i++) {
      check(who, "v[" + i + "]", v.get(i), "input " + i, inputs.get(i));
    }
  }

  private static void check(String who, String role, Tensor v, String like, Tensor other) {
    if (!v.shape().equals(other.shape())) {
      throw new IllegalArgumentException(
          who + ": " + role + " has shape " + v.shape() + ", " + like + " " + other.shape());
    }
  }
}
