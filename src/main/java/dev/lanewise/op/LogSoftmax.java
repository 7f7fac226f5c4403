package dev.lanewise.op;

import dev.lanewise.kernel.norm.SoftmaxKernel;
import dev.lanewise.tensor.Tensor;

/**
 * y_j = x_j - ln Σ_i e^x_i over each row of a matrix, shifted by the row maximum. dx = dy - e^y Σ
 * dy.
 */
public record LogSoftmax() implements RowOp {
  @Override
  public void rows(Tensor x, Tensor y, int rows, int columns) {
    SoftmaxKernel.logSoftmax(x, y, rows, columns);
  }

  @Override
  public void rowsGradient(Tensor y, Tensor dy, Tensor dx, int rows, int columns) {
    SoftmaxKernel.logSoftmaxGradient(y, dy, dx, rows, columns);
  }

  @Override
  public Tensor gradient(Tensor y, Tensor dy) {
    return dy.sub(y.exp().mul(dy.sumKeep(1)));
  }
}
