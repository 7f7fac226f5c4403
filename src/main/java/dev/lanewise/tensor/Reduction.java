package dev.lanewise.tensor;

/** What a loss does with the values of the single rows or elements. */
public enum Reduction {
  /** Keeps them. */
  NONE,
  /** Their mean (weighted, where the loss has weights). */
  MEAN,
  /** Their sum. */
  SUM;

  Tensor of(Tensor losses) {
    return switch (this) {
      case NONE -> losses;
      case MEAN -> losses.mean();
      case SUM -> losses.sum();
    };
  }
}
