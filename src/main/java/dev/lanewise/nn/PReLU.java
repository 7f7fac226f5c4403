package dev.lanewise.nn;

import dev.lanewise.tensor.Tensor;

/** x above 0, below it x times a trained slope: {@code weight}, one or one for each channel. */
public final class PReLU extends Layer {
  private final Tensor weight;

  /** One slope, 0.25 at first. */
  public PReLU() {
    this(1, 0.25f);
  }

  /**
   * With so many slopes.
   *
   * @param channels 1, or the size of dimension 1 of the inputs
   * @param initial the first value of all
   */
  public PReLU(int channels, float initial) {
    weight = parameter("weight", Tensor.full(initial, channels));
  }

  @Override
  public Tensor forward(Tensor x) {
    return x.prelu(weight);
  }
}
