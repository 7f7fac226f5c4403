package dev.lanewise.nn;

import dev.lanewise.tensor.Tensor;

/** Mean of as many windows as wanted, which cover a sequence [N, C, length]. */
public final class AdaptiveAvgPool1d extends Layer {
  private final int output;

  /** So many windows. */
  public AdaptiveAvgPool1d(int output) {
    this.output = output;
  }

  @Override
  public Tensor forward(Tensor x) {
    return x.adaptiveAvgPool1d(output);
  }

  @Override
  protected String attributes() {
    return "output " + output;
  }
}
