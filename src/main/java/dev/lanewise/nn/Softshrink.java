package dev.lanewise.nn;

import dev.lanewise.tensor.Tensor;

/** Moved towards 0 by λ. */
public final class Softshrink extends Layer {
  private final float lambda;

  /** With PyTorch's defaults. */
  public Softshrink() {
    this(0.5f);
  }

  /** With these attributes. */
  public Softshrink(float lambda) {
    this.lambda = lambda;
  }

  @Override
  public Tensor forward(Tensor x) {
    return x.softshrink(lambda);
  }

  @Override
  protected String attributes() {
    return "lambda=" + lambda;
  }
}
