package dev.lanewise.nn;

import dev.lanewise.tensor.Tensor;

/** The first half of a dimension times the sigmoid of the second one. */
public final class GLU extends Layer {
  private final int dim;

  /** With PyTorch's defaults. */
  public GLU() {
    this(-1);
  }

  /** With these attributes. */
  public GLU(int dim) {
    this.dim = dim;
  }

  @Override
  public Tensor forward(Tensor x) {
    return x.glu(dim);
  }

  @Override
  protected String attributes() {
    return "dim=" + dim;
  }
}
