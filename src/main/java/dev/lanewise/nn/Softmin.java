package dev.lanewise.nn;

import dev.lanewise.tensor.Tensor;

/** Softmax of -x along a dimension. */
public final class Softmin extends Layer {
  private final int dim;

  /** With these attributes. */
  public Softmin(int dim) {
    this.dim = dim;
  }

  @Override
  public Tensor forward(Tensor x) {
    return x.softmin(dim);
  }

  @Override
  protected String attributes() {
    return "dim=" + dim;
  }
}
