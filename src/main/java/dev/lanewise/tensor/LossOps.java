package dev.lanewise.tensor;

import dev.lanewise.op.CrossEntropy;
import org.jspecify.annotations.Nullable;

/** Operations on a {@link Tensor}, losses. */
public abstract sealed class LossOps extends NeuralOps permits Differentiable {
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
    return PairLosses.mse(self(), target, reduction);
  }

  /** Negative of the log-probabilities [N, C, ...] at INT64 labels [N, ...]. */
  public Tensor nll(
      Tensor labels, @Nullable Tensor classWeights, int ignoreIndex, Reduction reduction) {
    return Losses.nll(self(), labels, classWeights, ignoreIndex, reduction);
  }

  /** Cross-entropy of these logits [N, C, ...] against probabilities of the same shape. */
  public Tensor crossEntropySoft(
      Tensor probabilities,
      @Nullable Tensor classWeights,
      float labelSmoothing,
      Reduction reduction) {
    return Losses.crossEntropySoft(self(), probabilities, classWeights, labelSmoothing, reduction);
  }

  /** |this - target|. */
  public Tensor l1(Tensor target, Reduction reduction) {
    return PairLosses.l1(self(), target, reduction);
  }

  /** d² / 2β below β, d - β/2 above, with d = |this - target|. */
  public Tensor smoothL1(Tensor target, float beta, Reduction reduction) {
    return PairLosses.smoothL1(self(), target, beta, reduction);
  }

  /** d² / 2 below δ, δ (d - δ/2) above, with d = |this - target| (Huber, 1964). */
  public Tensor huber(Tensor target, float delta, Reduction reduction) {
    return PairLosses.huber(self(), target, delta, reduction);
  }

  /** Binary cross-entropy of probabilities; the weight (or null) broadcasts. */
  public Tensor bce(Tensor target, @Nullable Tensor weight, Reduction reduction) {
    return PairLosses.bce(self(), target, weight, reduction);
  }

  /** Binary cross-entropy of logits; the weights (or null) broadcast. */
  public Tensor bceWithLogits(
      Tensor target,
      @Nullable Tensor weight,
      @Nullable Tensor positiveWeight,
      Reduction reduction) {
    return PairLosses.bceWithLogits(self(), target, weight, positiveWeight, reduction);
  }

  /**
   * Kullback-Leibler divergence t (ln t - this) of log-probabilities from the target t (or ln t).
   */
  public Tensor klDiv(Tensor target, boolean logTarget, Reduction reduction) {
    return PairLosses.klDiv(self(), target, logTarget, reduction);
  }

  /** max(0, 1 - this target) for targets 1 and -1. */
  public Tensor hinge(Tensor target, Reduction reduction) {
    return PairLosses.hinge(self(), target, reduction);
  }

  /** this where the target is 1, max(0, margin - this) where it is -1. */
  public Tensor hingeEmbedding(Tensor target, float margin, Reduction reduction) {
    return PairLosses.hingeEmbedding(self(), target, margin, reduction);
  }

  /** max(0, margin - target (this - other)) for targets 1 and -1. */
  public Tensor marginRanking(Tensor other, Tensor target, float margin, Reduction reduction) {
    return PairLosses.marginRanking(self(), other, target, margin, reduction);
  }

  /** ln(1 + e^(-this target)) for targets 1 and -1. */
  public Tensor softMargin(Tensor target, Reduction reduction) {
    return PairLosses.softMargin(self(), target, reduction);
  }

  /** Mean over the classes of the binary cross-entropy of logits [N, C]. */
  public Tensor multilabelSoftMargin(Tensor target, @Nullable Tensor weight, Reduction reduction) {
    return PairLosses.multilabelSoftMargin(self(), target, weight, reduction);
  }

  /** Σ max(0, margin - x_t + x_c)^p / C over the classes beside the label t, for scores [N, C]. */
  public Tensor multiMargin(
      Tensor labels, int p, float margin, @Nullable Tensor classWeights, Reduction reduction) {
    return PairLosses.multiMargin(self(), labels, p, margin, classWeights, reduction);
  }

  /** As {@link #multiMargin} for several labels a row: INT64 of this shape, ended by -1. */
  public Tensor multilabelMargin(Tensor labels, Reduction reduction) {
    return PairLosses.multilabelMargin(self(), labels, reduction);
  }

  /**
   * Binary cross-entropy of logits, less for what is known well (Lin et al., <i>Focal Loss for
   * Dense Object Detection</i>, 2017).
   *
   * @param target 0 or 1
   * @param alpha the weight of targets 1, 1 - alpha that of targets 0; negative for none
   */
  public Tensor focal(Tensor target, float alpha, float gamma, Reduction reduction) {
    return PairLosses.focal(self(), target, alpha, gamma, reduction);
  }

  /**
   * Connectionist temporal classification (Graves et al., 2006) of these log-probabilities [T, N,
   * C]; the mean divides each loss by the length of its labels first.
   *
   * @param labels INT64 [N, S]
   * @param inputLengths how many steps of each sequence count
   * @param labelLengths how many labels of each row count
   * @param blank the class that stands between labels
   */
  public Tensor ctc(
      Tensor labels, long[] inputLengths, long[] labelLengths, int blank, Reduction reduction) {
    return ConnectionistLoss.ctc(self(), labels, inputLengths, labelLengths, blank, reduction);
  }

  /** Cosine of the angle between vectors along a dimension; norms are at least ε. */
  public Tensor cosineSimilarity(Tensor other, int dim, float eps) {
    return PairLosses.cosineSimilarity(self(), other, dim, eps);
  }

  /** p-norm of this - other + ε over the last dimension. */
  public Tensor pairwiseDistance(Tensor other, float p, float eps, boolean keepdim) {
    return PairLosses.pairwiseDistance(self(), other, p, eps, keepdim);
  }

  /** 1 - cosine where the target is 1, max(0, cosine - margin) where it is -1. */
  public Tensor cosineEmbedding(Tensor other, Tensor target, float margin, Reduction reduction) {
    return PairLosses.cosineEmbedding(self(), other, target, margin, reduction);
  }

  /**
   * max(0, |this - positive| - |this - negative| + margin) with p-norms; {@code swap} takes the
   * nearer of two distances to the negative (Balntas et al., 2016).
   */
  public Tensor tripletMargin(
      Tensor positive,
      Tensor negative,
      float margin,
      float p,
      float eps,
      boolean swap,
      Reduction reduction) {
    return PairLosses.tripletMargin(self(), positive, negative, margin, p, eps, swap, reduction);
  }

  /**
   * Negative log-likelihood of counts under a Poisson distribution with mean e^this, or this where
   * not {@code logInput}.
   */
  public Tensor poissonNll(
      Tensor target, boolean logInput, boolean full, float eps, Reduction reduction) {
    return PairLosses.poissonNll(self(), target, logInput, full, eps, reduction);
  }

  /**
   * Negative log-likelihood under normal distributions with this mean and a variance of at least ε.
   */
  public Tensor gaussianNll(
      Tensor target, Tensor variance, boolean full, float eps, Reduction reduction) {
    return PairLosses.gaussianNll(self(), target, variance, full, eps, reduction);
  }
}
