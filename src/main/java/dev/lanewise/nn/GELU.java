package dev.lanewise.nn;

import dev.lanewise.tensor.Tensor;

/** x Φ(x) with the normal distribution, or its approximation with tanh. */
public final class GELU extends Layer {
  private final boolean approximate;

  /** With PyTorch's defaults. */
  public GELU() {
    this(false);
  }

  /** With these attributes. */
  public GELU(boolean approximate) {
    this.approximate = approximate;
  }

  @Override
  public Tensor forward(Tensor x) {
    return approximate ? x.geluTanh() : x.gelu();
  }

  @Override
  protected String attributes() {
    return "approximate=" + approximate;
  }
}
