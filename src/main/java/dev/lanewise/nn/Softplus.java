package dev.lanewise.nn;

import dev.lanewise.tensor.Tensor;

/** ln(1 + e^βx) / β, and x itself where βx is above the threshold. */
public final class Softplus extends Layer {
  private final float beta;
  private final float threshold;

  /** With PyTorch's defaults. */
  public Softplus() {
    this(1, 20);
  }

  /** With these attributes. */
  public Softplus(float beta, float threshold) {
    this.beta = beta;
    this.threshold = threshold;
  }

  @Override
  public Tensor forward(Tensor x) {
    return x.softplus(beta, threshold);
  }

  @Override
  protected String attributes() {
    return "beta=" + beta + ", threshold=" + threshold;
  }
}
