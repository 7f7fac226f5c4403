package dev.lanewise.tensor;

import dev.lanewise.kernel.Elementwise;
import dev.lanewise.kernel.OptimizerKernel;
import org.jspecify.annotations.Nullable;

/** Updates of parameters in place, outside the tape: what optimisers are made of. */
public final class InPlace {
  private InPlace() {}

  /**
   * Stochastic gradient descent with momentum, where {@code g} is the gradient plus {@code
   * weightDecay} times the parameter:
   *
   * <pre>
   * v = momentum v + (1 - dampening) g     (v = g in the first step)
   * p = p - lr v                           (nesterov: p - lr (g + momentum v))
   * </pre>
   *
   * @param velocity v, of the parameter's shape; null where momentum is 0, and then v is g
   * @param firstStep whether v is still undefined
   * @throws IllegalArgumentException when shapes differ, or the parameter or v is not plain and
   *     contiguous
   */
  public static void sgd(
      Tensor parameter,
      Tensor gradient,
      @Nullable Tensor velocity,
      float lr,
      float momentum,
      float dampening,
      float weightDecay,
      boolean nesterov,
      boolean firstStep) {
    check("parameter", parameter, parameter.shape());
    if (velocity != null) {
      check("velocity", velocity, parameter.shape());
    }
    if (!gradient.shape().equals(parameter.shape())) {
      throw new IllegalArgumentException(
          "sgd: the gradient has shape "
              + gradient.shape()
              + ", the parameter "
              + parameter.shape());
    }
    Tensor plain = gradient.contiguous();
    OptimizerKernel.sgd(
        parameter,
        plain,
        velocity,
        parameter.size(),
        lr,
        momentum,
        dampening,
        weightDecay,
        nesterov,
        firstStep);
    gradient.release(plain);
    parameter.changed();
    if (velocity != null) {
      velocity.changed();
    }
  }

  /**
   * All elements are {@code value} from now on.
   *
   * @return the tensor
   * @throws IllegalArgumentException when the tensor is not plain and contiguous
   */
  public static Tensor fill(Tensor tensor, float value) {
    check("tensor", tensor, tensor.shape());
    Elementwise.fill(tensor, value, tensor.size());
    tensor.changed();
    return tensor;
  }

  private static void check(String role, Tensor tensor, Shape shape) {
    if (tensor.dtype() != DType.FLOAT32
        || tensor.layout() != Layout.PLAIN
        || !tensor.isContiguous()
        || !tensor.shape().equals(shape)) {
      throw new IllegalArgumentException(
          "The "
              + role
              + " must be a plain contiguous FLOAT32 tensor of shape "
              + shape
              + ", found "
              + tensor);
    }
  }
}
