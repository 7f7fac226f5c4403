package dev.lanewise.nn;

import dev.lanewise.tensor.Tensor;

/** ln softmax along a dimension. */
public final class LogSoftmax extends Layer {
  private final int dim;

  /** With these attributes. */
  public LogSoftmax(int dim) {
    this.dim = dim;
  }

  @Override
  public Tensor forward(Tensor x) {
    return x.logSoftmax(dim);
  }

  @Override
  protected String attributes() {
    return "dim=" + dim;
  }
}
