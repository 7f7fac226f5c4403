package dev.lanewise.tensor;

import dev.lanewise.kernel.elementwise.Elementwise;

/** Updates of parameters in place, outside the tape: what optimisers are made of. */
public final class InPlace {
  private InPlace() {}

  /**
   * All elements times {@code factor} from now on.
   *
   * @return the tensor
   * @throws IllegalArgumentException when the tensor is not plain and contiguous
   */
  public static Tensor scale(Tensor tensor, float factor) {
    check("tensor", tensor, tensor.shape());
    Elementwise.scale(tensor, factor, tensor.size());
    tensor.changed();
    return tensor;
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

  static void check(String role, Tensor tensor, Shape shape) {
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
