package dev.lanewise.nn;

import dev.lanewise.tensor.Tensor;

/** At least min and at most max. */
public final class Hardtanh extends Layer {
  private final float min;
  private final float max;

  /** With PyTorch's defaults. */
  public Hardtanh() {
    this(-1, 1);
  }

  /** With these attributes. */
  public Hardtanh(float min, float max) {
    this.min = min;
    this.max = max;
  }

  @Override
  public Tensor forward(Tensor x) {
    return x.hardtanh(min, max);
  }

  @Override
  protected String attributes() {
    return "min=" + min + ", max=" + max;
  }
}
