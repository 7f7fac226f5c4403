package dev.lanewise.tensor;

import dev.lanewise.op.CrossEntropy;
import org.jspecify.annotations.Nullable;

/** Operations on a {@link Tensor}, losses. */
public abstract sealed class LossOps extends NeuralOps permits Tensor {
  LossOps() {}

  /** Mean cross-entropy of these logits [N, C] against INT64 labels [N]. */
  public Tensor crossEntropy(Tensor labels) {
    return Losses.crossEntropy(self(), labels, null, CrossEntropy.NONE, 0, Reduction.MEAN);
  }

  /**
   * Cross-entropy of these logits [N, C, ...] against INT64 labels [N, ...].
   *
   * @param classWeights [C], or null
   * @param ignoreIndex a label whose rows do not count; {@link CrossEntropy#NONE} for none
   * @param labelSmoothing from 0 to 1
   */
  public Tensor crossEntropy(
      Tensor labels,
      @Nullable Tensor classWeights,
      int ignoreIndex,
      float labelSmoothing,
      Reduction reduction) {
    return Losses.crossEntropy(
        self(), labels, classWeights, ignoreIndex, labelSmoothing, reduction);
  }

  /** Mean squared difference to a target of the same shape. */
  public Tensor mse(Tensor target) {
    return mse(target, Reduction.MEAN);
  }

  /** Squared difference to a target of the same shape. */
  public Tensor mse(Tensor target, Reduction reduction) {
    return Losses.mse(self(), target, reduction);
  }
}
