package dev.lanewise.tensor;

import dev.lanewise.op.Linear;
import dev.lanewise.op.MatMul;
import org.jspecify.annotations.Nullable;

/** Operations on a {@link Tensor}, matrix products. */
public abstract sealed class ProductOps extends ReductionOps permits ShapeOps {
  ProductOps() {}

  /**
   * Matrix product, [.., m, k] by [.., k, n]; leading dimensions broadcast, a vector on the left is
   * a row, on the right a column, and its dimension is dropped from the result.
   */
  public Tensor matmul(Tensor other) {
    Tensor a = self();
    Tensor b = other;
    if (a.shape().rank() == 0 || b.shape().rank() == 0) {
      throw new IllegalArgumentException(
          "matmul: both operands need a dimension, found " + a.shape() + " and " + b.shape());
    }
    boolean row = a.shape().rank() == 1;
    boolean column = b.shape().rank() == 1;
    a = row ? a.unsqueeze(0) : a;
    b = column ? b.unsqueeze(1) : b;
    Tensor y;
    if (a.shape().rank() > 2 && b.shape().rank() == 2) {
      // One product instead of a batch of them.
      int[] dims = a.shape().toArray();
      y = Tensor.apply(new MatMul(), a.flatten(0, -2), b);
      dims[dims.length - 1] = b.shape().dim(1);
      y = y.reshape(dims);
    } else {
      y = Tensor.apply(new MatMul(), a, b);
    }
    y = column ? y.squeeze(-1) : y;
    return row ? y.squeeze(column ? -1 : -2) : y;
  }

  /**
   * Fully connected: this [.., in] times weight [out, in] transposed, plus bias [out] (or null).
   *
   * @return [.., out]
   */
  public Tensor linear(Tensor weight, @Nullable Tensor bias) {
    Tensor x = self();
    int[] dims = x.shape().toArray();
    boolean matrix = dims.length == 2 || dims.length == 0;
    Tensor rows = matrix ? x : dims.length == 1 ? x.unsqueeze(0) : x.flatten(0, -2);
    Tensor y =
        bias == null
            ? Tensor.apply(new Linear(), rows, weight)
            : Tensor.apply(new Linear(), rows, weight, bias);
    if (matrix) {
      return y;
    }
    dims[dims.length - 1] = weight.shape().dim(0);
    return y.reshape(dims);
  }
}
