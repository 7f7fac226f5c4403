package dev.lanewise.tensor;

import dev.lanewise.kernel.Reduction;

/** Reductions whose result is an index: not differentiable, so no operations of the catalogue. */
final class Reductions {
  private Reductions() {}

  static Tensor argmax(Tensor x, int dim) {
    Shape shape = x.shape();
    int axis = shape.axis("argmax", dim);
    if (shape.dim(axis) == 0) {
      throw new IllegalArgumentException("argmax: dimension " + dim + " of " + shape + " is empty");
    }
    long outer = 1;
    long inner = 1;
    for (int i = 0; i < shape.rank(); i++) {
      outer *= i < axis ? shape.dim(i) : 1;
      inner *= i > axis ? shape.dim(i) : 1;
    }
    Tensor from = x.contiguous();
    Tensor index = Tensor.make(shape.without(axis), DType.INT64, Layout.PLAIN, "argmax");
    try (Tensor best = Tensor.make(shape.without(axis), DType.FLOAT32, Layout.PLAIN, "argmax")) {
      Reduction.max(from, best, index, outer, shape.dim(axis), inner);
    }
    x.release(from);
    return index;
  }
}
