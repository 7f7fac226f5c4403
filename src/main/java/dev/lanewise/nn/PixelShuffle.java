package dev.lanewise.nn;

import dev.lanewise.tensor.Tensor;

/** Channels [N, C r r, H, W] as pixels [N, C, H r, W r] (Shi et al., 2016). */
public final class PixelShuffle extends Layer {
  private final int factor;

  /** With this factor. */
  public PixelShuffle(int factor) {
    this.factor = factor;
  }

  @Override
  public Tensor forward(Tensor x) {
    return x.pixelShuffle(factor);
  }

  @Override
  protected String attributes() {
    return "factor " + factor;
  }
}
