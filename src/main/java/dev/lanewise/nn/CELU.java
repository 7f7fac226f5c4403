package dev.lanewise.nn;

import dev.lanewise.tensor.Tensor;

/** x above 0, α (e^(x/α) - 1) below. */
public final class CELU extends Layer {
  private final float alpha;

  /** With PyTorch's defaults. */
  public CELU() {
    this(1);
  }

  /** With these attributes. */
  public CELU(float alpha) {
    this.alpha = alpha;
  }

  @Override
  public Tensor forward(Tensor x) {
    return x.celu(alpha);
  }

  @Override
  protected String attributes() {
    return "alpha=" + alpha;
  }
}
