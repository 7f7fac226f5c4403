package dev.lanewise.nn;

import dev.lanewise.tensor.Tensor;

/** Pixels as channels, the inverse of {@link PixelShuffle}. */
public final class PixelUnshuffle extends Layer {
  private final int factor;

  /** With this factor. */
  public PixelUnshuffle(int factor) {
    this.factor = factor;
  }

  @Override
  public Tensor forward(Tensor x) {
    return x.pixelUnshuffle(factor);
  }

  @Override
  protected String attributes() {
    return "factor " + factor;
  }
}
