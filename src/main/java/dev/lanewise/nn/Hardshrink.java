package dev.lanewise.nn;

import dev.lanewise.tensor.Tensor;

/** 0 between -λ and λ. */
public final class Hardshrink extends Layer {
  private final float lambda;

  /** With PyTorch's defaults. */
  public Hardshrink() {
    this(0.5f);
  }

  /** With these attributes. */
  public Hardshrink(float lambda) {
    this.lambda = lambda;
  }

  @Override
  public Tensor forward(Tensor x) {
    return x.hardshrink(lambda);
  }

  @Override
  protected String attributes() {
    return "lambda=" + lambda;
  }
}
