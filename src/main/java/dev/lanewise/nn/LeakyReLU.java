package dev.lanewise.nn;

import dev.lanewise.tensor.Tensor;

/** x above 0, a part of it below. */
public final class LeakyReLU extends Layer {
  private final float negativeSlope;

  /** With PyTorch's defaults. */
  public LeakyReLU() {
    this(0.01f);
  }

  /** With these attributes. */
  public LeakyReLU(float negativeSlope) {
    this.negativeSlope = negativeSlope;
  }

  @Override
  public Tensor forward(Tensor x) {
    return x.leakyRelu(negativeSlope);
  }

  @Override
  protected String attributes() {
    return "negativeSlope=" + negativeSlope;
  }
}
