package dev.lanewise.nn;

import dev.lanewise.tensor.Tensor;

/** x above the threshold, else a value. */
public final class Threshold extends Layer {
  private final float threshold;
  private final float value;

  /** With these attributes. */
  public Threshold(float threshold, float value) {
    this.threshold = threshold;
    this.value = value;
  }

  @Override
  public Tensor forward(Tensor x) {
    return x.threshold(threshold, value);
  }

  @Override
  protected String attributes() {
    return "threshold=" + threshold + ", value=" + value;
  }
}
