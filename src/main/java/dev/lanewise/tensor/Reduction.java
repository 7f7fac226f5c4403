package dev.lanewise.tensor;

/** What a loss does with the values of the single rows or elements. */
public enum Reduction {
  /** Keeps them. */
  NONE,
  /** Their mean (weighted, where the loss has weights). */
  MEAN,
  /** Their sum. */
  SUM,
  /**
   * Their sum, divided by the size of dimension 0: what the Kullback-Leibler divergence asks for.
   */
  BATCHMEAN;

  Tensor of(Tensor losses) {
    return switch (this) {
      case NONE -> losses;
      case MEAN -> losses.mean();
      case SUM -> losses.sum();
      case BATCHMEAN -> losses.sum().div(losses.shape().rank() == 0 ? 1 : losses.shape().dim(0));
    };
  }
}
