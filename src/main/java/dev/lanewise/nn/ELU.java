package dev.lanewise.nn;

import dev.lanewise.tensor.Tensor;

/** x above 0, α (e^x - 1) below. */
public final class ELU extends Layer {
  private final float alpha;

  /** With PyTorch's defaults. */
  public ELU() {
    this(1);
  }

  /** With these attributes. */
  public ELU(float alpha) {
    this.alpha = alpha;
  }

  @Override
  public Tensor forward(Tensor x) {
    return x.elu(alpha);
  }

  @Override
  protected String attributes() {
    return "alpha=" + alpha;
  }
}
