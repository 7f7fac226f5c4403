package dev.lanewise.nn;

import dev.lanewise.tensor.Tensor;

/** a b / (|a| |b|) along a dimension, where no size is taken to be below {@code eps}. */
public final class CosineSimilarity extends PairLayer {
  private final int dim;
  private final float eps;

  /** With PyTorch's defaults: along dimension 1. */
  public CosineSimilarity() {
    this(1, 1e-8f);
  }

  /** Along any dimension. */
  public CosineSimilarity(int dim, float eps) {
    this.dim = dim;
    this.eps = eps;
  }

  @Override
  public Tensor forward(Tensor a, Tensor b) {
    return a.cosineSimilarity(b, dim, eps);
  }

  @Override
  protected String attributes() {
    return "dim=" + dim;
  }
}
