package dev.lanewise.nn;

import dev.lanewise.tensor.Tensor;

/** Maximum of as many windows as wanted, which cover a sequence [N, C, length]. */
public final class AdaptiveMaxPool1d extends Layer {
  private final int output;

  /** So many windows. */
  public AdaptiveMaxPool1d(int output) {
    this.output = output;
  }

  @Override
  public Tensor forward(Tensor x) {
    return x.adaptiveMaxPool1d(output);
  }

  @Override
  protected String attributes() {
    return "output " + output;
  }
}
