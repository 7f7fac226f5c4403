package dev.lanewise.op;

import dev.lanewise.kernel.norm.SoftmaxKernel;
import dev.lanewise.tensor.Tensor;

/**
 * y_j = e^x_j / Σ_i e^x_i over each row of a matrix, shifted by the row maximum so that nothing
 * overflows. dx = y (dy - Σ y dy).
 */
public record Softmax() implements RowOp {
  @Override
  public void rows(Tensor x, Tensor y, int rows, int columns) {
    SoftmaxKernel.softmax(x, y, rows, columns);
  }

  @Override
  public void rowsGradient(Tensor y, Tensor dy, Tensor dx, int rows, int columns) {
    SoftmaxKernel.softmaxGradient(y, dy, dx, rows, columns);
  }

  @Override
  public Tensor gradient(Tensor y, Tensor dy) {
    return y.mul(dy.sub(dy.mul(y).sumKeep(1)));
  }
}
