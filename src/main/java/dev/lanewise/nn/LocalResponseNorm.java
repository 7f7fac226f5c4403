package dev.lanewise.nn;

import dev.lanewise.tensor.Tensor;

/** Normalisation by the neighbour channels, as in the original AlexNet. */
public final class LocalResponseNorm extends Layer {
  private final int size;
  private final float alpha;
  private final float beta;
  private final float k;

  /** With alpha 1e-4, beta 0.75 and k 1. */
  public LocalResponseNorm(int size) {
    this(size, 1e-4f, 0.75f, 1);
  }

  /** See {@link Tensor#localResponseNorm}. */
  public LocalResponseNorm(int size, float alpha, float beta, float k) {
    this.size = size;
    this.alpha = alpha;
    this.beta = beta;
    this.k = k;
  }

  @Override
  public Tensor forward(Tensor x) {
    return x.localResponseNorm(size, alpha, beta, k);
  }

  @Override
  protected String attributes() {
    return "size " + size;
  }
}
