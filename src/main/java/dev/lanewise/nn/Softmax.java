package dev.lanewise.nn;

import dev.lanewise.tensor.Tensor;

/** e^x / Σ e^x along a dimension. */
public final class Softmax extends Layer {
  private final int dim;

  /** With these attributes. */
  public Softmax(int dim) {
    this.dim = dim;
  }

  @Override
  public Tensor forward(Tensor x) {
    return x.softmax(dim);
  }

  @Override
  protected String attributes() {
    return "dim=" + dim;
  }
}
