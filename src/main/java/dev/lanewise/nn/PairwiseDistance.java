package dev.lanewise.nn;

import dev.lanewise.tensor.Tensor;

/** The p-norm of a - b + eps along the last dimension. */
public final class PairwiseDistance extends PairLayer {
  private final float p;
  private final float eps;
  private final boolean keepdim;

  /** With PyTorch's defaults: the Euclidean distance. */
  public PairwiseDistance() {
    this(2, 1e-6f, false);
  }

  /** With any norm; {@code keepdim}: the dimension stays as 1. */
  public PairwiseDistance(float p, float eps, boolean keepdim) {
    this.p = p;
    this.eps = eps;
    this.keepdim = keepdim;
  }

  @Override
  public Tensor forward(Tensor a, Tensor b) {
    return a.pairwiseDistance(b, p, eps, keepdim);
  }

  @Override
  protected String attributes() {
    return "p=" + p;
  }
}
