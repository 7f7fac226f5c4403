package dev.lanewise.nn;

import dev.lanewise.tensor.Reduction;
import dev.lanewise.tensor.Tensor;
import java.util.Objects;

/** A loss of three tensors under PyTorch's name, as a value with its attributes. */
public sealed interface PairLoss {
  /**
   * The loss.
   *
   * @throws IllegalArgumentException when the shapes do not fit each other
   */
  Tensor forward(Tensor a, Tensor b, Tensor c);

  /** max(0, -target (a - b) + margin): a shall be above b where the target is 1, below where -1. */
  record MarginRankingLoss(float margin, Reduction reduction) implements PairLoss {
    public MarginRankingLoss {
      Objects.requireNonNull(reduction, "reduction");
    }

    /** With PyTorch's defaults. */
    public MarginRankingLoss() {
      this(0, Reduction.MEAN);
    }

    @Override
    public Tensor forward(Tensor a, Tensor b, Tensor target) {
      return a.marginRanking(b, target, margin, reduction);
    }
  }

  /** 1 - cos(a, b) where the target is 1, max(0, cos(a, b) - margin) where it is -1. */
  record CosineEmbeddingLoss(float margin, Reduction reduction) implements PairLoss {
    public CosineEmbeddingLoss {
      Objects.requireNonNull(reduction, "reduction");
    }

    /** With PyTorch's defaults. */
    public CosineEmbeddingLoss() {
      this(0, Reduction.MEAN);
    }

    @Override
    public Tensor forward(Tensor a, Tensor b, Tensor target) {
      return a.cosineEmbedding(b, target, margin, reduction);
    }
  }

  /** max(0, d(anchor, positive) - d(anchor, negative) + margin) by the p-norm. */
  record TripletMarginLoss(float margin, float p, float eps, boolean swap, Reduction reduction)
      implements PairLoss {
    public TripletMarginLoss {
      Objects.requireNonNull(reduction, "reduction");
    }

    /** With PyTorch's defaults. */
    public TripletMarginLoss() {
      this(1, 2, 1e-6f, false, Reduction.MEAN);
    }

    @Override
    public Tensor forward(Tensor anchor, Tensor positive, Tensor negative) {
      return anchor.tripletMargin(positive, negative, margin, p, eps, swap, reduction);
    }
  }

  /** Minus the logarithm of a normal distribution with a mean and a variance for each element. */
  record GaussianNLLLoss(boolean full, float eps, Reduction reduction) implements PairLoss {
    public GaussianNLLLoss {
      Objects.requireNonNull(reduction, "reduction");
    }

    /** With PyTorch's defaults. */
    public GaussianNLLLoss() {
      this(false, 1e-6f, Reduction.MEAN);
    }

    @Override
    public Tensor forward(Tensor mean, Tensor target, Tensor variance) {
      return mean.gaussianNll(target, variance, full, eps, reduction);
    }
  }
}
