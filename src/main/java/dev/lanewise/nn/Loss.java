package dev.lanewise.nn;

import dev.lanewise.op.CrossEntropy;
import dev.lanewise.tensor.DType;
import dev.lanewise.tensor.Reduction;
import dev.lanewise.tensor.Tensor;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A loss of a prediction and a target under PyTorch's name, as a value with its attributes; {@link
 * PairLoss} has those of three tensors.
 */
public sealed interface Loss {
  /**
   * The loss.
   *
   * @throws IllegalArgumentException when the shapes do not fit each other
   */
  Tensor forward(Tensor prediction, Tensor target);

  /** Squared difference. */
  record MSELoss(Reduction reduction) implements Loss {
    public MSELoss {
      Objects.requireNonNull(reduction, "reduction");
    }

    /** With PyTorch's defaults. */
    public MSELoss() {
      this(Reduction.MEAN);
    }

    @Override
    public Tensor forward(Tensor prediction, Tensor target) {
      return prediction.mse(target, reduction);
    }
  }

  /** Absolute difference. */
  record L1Loss(Reduction reduction) implements Loss {
    public L1Loss {
      Objects.requireNonNull(reduction, "reduction");
    }

    /** With PyTorch's defaults. */
    public L1Loss() {
      this(Reduction.MEAN);
    }

    @Override
    public Tensor forward(Tensor prediction, Tensor target) {
      return prediction.l1(target, reduction);
    }
  }

  /** A parabola below β, a line above. */
  record SmoothL1Loss(float beta, Reduction reduction) implements Loss {
    public SmoothL1Loss {
      Objects.requireNonNull(reduction, "reduction");
    }

    /** With PyTorch's defaults. */
    public SmoothL1Loss() {
      this(1, Reduction.MEAN);
    }

    @Override
    public Tensor forward(Tensor prediction, Tensor target) {
      return prediction.smoothL1(target, beta, reduction);
    }
  }

  /** A parabola below δ, a line of slope δ above. */
  record HuberLoss(float delta, Reduction reduction) implements Loss {
    public HuberLoss {
      Objects.requireNonNull(reduction, "reduction");
    }

    /** With PyTorch's defaults. */
    public HuberLoss() {
      this(1, Reduction.MEAN);
    }

    @Override
    public Tensor forward(Tensor prediction, Tensor target) {
      return prediction.huber(target, delta, reduction);
    }
  }

  /** Logits [N, C, ...] against INT64 labels [N, ...] or probabilities of the same shape. */
  record CrossEntropyLoss(
      @Nullable Tensor weight, int ignoreIndex, float labelSmoothing, Reduction reduction)
      implements Loss {
    public CrossEntropyLoss {
      Objects.requireNonNull(reduction, "reduction");
    }

    /** With PyTorch's defaults. */
    public CrossEntropyLoss() {
      this(null, CrossEntropy.NONE, 0, Reduction.MEAN);
    }

    @Override
    public Tensor forward(Tensor prediction, Tensor target) {
      return target.dtype() == DType.FLOAT32
          ? prediction.crossEntropySoft(target, weight, labelSmoothing, reduction)
          : prediction.crossEntropy(target, weight, ignoreIndex, labelSmoothing, reduction);
    }
  }

  /** Log-probabilities [N, C, ...] against INT64 labels [N, ...]. */
  record NLLLoss(@Nullable Tensor weight, int ignoreIndex, Reduction reduction) implements Loss {
    public NLLLoss {
      Objects.requireNonNull(reduction, "reduction");
    }

    /** With PyTorch's defaults. */
    public NLLLoss() {
      this(null, CrossEntropy.NONE, Reduction.MEAN);
    }

    @Override
    public Tensor forward(Tensor prediction, Tensor target) {
      return prediction.nll(target, weight, ignoreIndex, reduction);
    }
  }

  /** Binary cross-entropy of probabilities. */
  record BCELoss(@Nullable Tensor weight, Reduction reduction) implements Loss {
    public BCELoss {
      Objects.requireNonNull(reduction, "reduction");
    }

    /** With PyTorch's defaults. */
    public BCELoss() {
      this(null, Reduction.MEAN);
    }

    @Override
    public Tensor forward(Tensor prediction, Tensor target) {
      return prediction.bce(target, weight, reduction);
    }
  }

  /** Binary cross-entropy of logits. */
  record BCEWithLogitsLoss(@Nullable Tensor weight, @Nullable Tensor posWeight, Reduction reduction)
      implements Loss {
    public BCEWithLogitsLoss {
      Objects.requireNonNull(reduction, "reduction");
    }

    /** With PyTorch's defaults. */
    public BCEWithLogitsLoss() {
      this(null, null, Reduction.MEAN);
    }

    @Override
    public Tensor forward(Tensor prediction, Tensor target) {
      return prediction.bceWithLogits(target, weight, posWeight, reduction);
    }
  }

  /** Kullback-Leibler divergence of log-probabilities. */
  record KLDivLoss(boolean logTarget, Reduction reduction) implements Loss {
    public KLDivLoss {
      Objects.requireNonNull(reduction, "reduction");
    }

    /** With PyTorch's defaults. */
    public KLDivLoss() {
      this(false, Reduction.MEAN);
    }

    @Override
    public Tensor forward(Tensor prediction, Tensor target) {
      return prediction.klDiv(target, logTarget, reduction);
    }
  }

  /** Distances of like and unlike pairs (targets 1 and -1). */
  record HingeEmbeddingLoss(float margin, Reduction reduction) implements Loss {
    public HingeEmbeddingLoss {
      Objects.requireNonNull(reduction, "reduction");
    }

    /** With PyTorch's defaults. */
    public HingeEmbeddingLoss() {
      this(1, Reduction.MEAN);
    }

    @Override
    public Tensor forward(Tensor prediction, Tensor target) {
      return prediction.hingeEmbedding(target, margin, reduction);
    }
  }

  /** Logistic loss for targets 1 and -1. */
  record SoftMarginLoss(Reduction reduction) implements Loss {
    public SoftMarginLoss {
      Objects.requireNonNull(reduction, "reduction");
    }

    /** With PyTorch's defaults. */
    public SoftMarginLoss() {
      this(Reduction.MEAN);
    }

    @Override
    public Tensor forward(Tensor prediction, Tensor target) {
      return prediction.softMargin(target, reduction);
    }
  }

  /** Mean over classes of the binary cross-entropy of logits. */
  record MultiLabelSoftMarginLoss(@Nullable Tensor weight, Reduction reduction) implements Loss {
    public MultiLabelSoftMarginLoss {
      Objects.requireNonNull(reduction, "reduction");
    }

    /** With PyTorch's defaults. */
    public MultiLabelSoftMarginLoss() {
      this(null, Reduction.MEAN);
    }

    @Override
    public Tensor forward(Tensor prediction, Tensor target) {
      return prediction.multilabelSoftMargin(target, weight, reduction);
    }
  }

  /** Hinge of the label against every other class. */
  record MultiMarginLoss(int p, float margin, @Nullable Tensor weight, Reduction reduction)
      implements Loss {
    public MultiMarginLoss {
      Objects.requireNonNull(reduction, "reduction");
    }

    /** With PyTorch's defaults. */
    public MultiMarginLoss() {
      this(1, 1, null, Reduction.MEAN);
    }

    @Override
    public Tensor forward(Tensor prediction, Tensor target) {
      return prediction.multiMargin(target, p, margin, weight, reduction);
    }
  }

  /** Negative log-likelihood of counts. */
  record PoissonNLLLoss(boolean logInput, boolean full, float eps, Reduction reduction)
      implements Loss {
    public PoissonNLLLoss {
      Objects.requireNonNull(reduction, "reduction");
    }

    /** With PyTorch's defaults. */
    public PoissonNLLLoss() {
      this(true, false, 1e-8f, Reduction.MEAN);
    }

    @Override
    public Tensor forward(Tensor prediction, Tensor target) {
      return prediction.poissonNll(target, logInput, full, eps, reduction);
    }
  }

  /**
   * max(0, margin - logits of the labels + the others), of several labels each, -1 after the last.
   */
  record MultiLabelMarginLoss(Reduction reduction) implements Loss {
    public MultiLabelMarginLoss {
      Objects.requireNonNull(reduction, "reduction");
    }

    /** With PyTorch's defaults. */
    public MultiLabelMarginLoss() {
      this(Reduction.MEAN);
    }

    @Override
    public Tensor forward(Tensor prediction, Tensor labels) {
      return prediction.multilabelMargin(labels, reduction);
    }
  }
}
