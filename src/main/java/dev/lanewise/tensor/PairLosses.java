package dev.lanewise.tensor;

import org.jspecify.annotations.Nullable;

/** Losses that compare tensors element by element or row by row, as compositions of operations. */
final class PairLosses {
  private static final float HALF_LN_TWO_PI = 0.9189385332f;

  private PairLosses() {}

  private static Tensor weighted(Tensor losses, @Nullable Tensor weight, Reduction reduction) {
    return reduction.of(weight == null ? losses : losses.mul(weight));
  }

  static Tensor mse(Tensor x, Tensor target, Reduction reduction) {
    Losses.same("mse", x, target);
    return reduction.of(x.sub(target).square());
  }

  static Tensor l1(Tensor x, Tensor target, Reduction reduction) {
    Losses.same("l1", x, target);
    return reduction.of(x.sub(target).abs());
  }

  /** q (d - q/2) / β with d = |x - target| and q = min(d, β): a parabola, then a line. */
  static Tensor smoothL1(Tensor x, Tensor target, float beta, Reduction reduction) {
    Losses.same("smoothL1", x, target);
    if (beta == 0) {
      return l1(x, target, reduction);
    }
    return reduction.of(parabolaThenLine(x.sub(target).abs(), beta).div(beta));
  }

  static Tensor huber(Tensor x, Tensor target, float delta, Reduction reduction) {
    Losses.same("huber", x, target);
    return reduction.of(parabolaThenLine(x.sub(target).abs(), delta));
  }

  private static Tensor parabolaThenLine(Tensor d, float end) {
    Tensor q = d.clamp(0, end);
    return q.mul(d.sub(q.mul(0.5f)));
  }

  /** Logarithms are at least -100, as in PyTorch. */
  static Tensor bce(Tensor x, Tensor target, @Nullable Tensor weight, Reduction reduction) {
    Losses.same("bce", x, target);
    Tensor yes = x.log().clamp(-100, Float.POSITIVE_INFINITY);
    Tensor no = x.neg().log1p().clamp(-100, Float.POSITIVE_INFINITY);
    return weighted(target.sub(1).mul(no).sub(target.mul(yes)), weight, reduction);
  }

  /** (1 - t) x + (1 + (p - 1) t) ln(1 + e^-x) with the weight p of positive targets. */
  static Tensor bceWithLogits(
      Tensor x,
      Tensor target,
      @Nullable Tensor weight,
      @Nullable Tensor positiveWeight,
      Reduction reduction) {
    Losses.same("bceWithLogits", x, target);
    Tensor tail = x.neg().softplus(1, Float.POSITIVE_INFINITY);
    if (positiveWeight != null) {
      tail = tail.mul(positiveWeight.sub(1).mul(target).add(1));
    }
    return weighted(x.sub(x.mul(target)).add(tail), weight, reduction);
  }

  static Tensor klDiv(Tensor x, Tensor target, boolean logTarget, Reduction reduction) {
    Losses.same("klDiv", x, target);
    Tensor losses =
        logTarget ? target.exp().mul(target.sub(x)) : target.xlogy(target).sub(target.mul(x));
    return reduction.of(losses);
  }

  static Tensor hinge(Tensor x, Tensor target, Reduction reduction) {
    return reduction.of(x.mul(target).neg().add(1).relu());
  }

  static Tensor hingeEmbedding(Tensor x, Tensor target, float margin, Reduction reduction) {
    Losses.same("hingeEmbedding", x, target);
    return reduction.of(Tensor.where(target.eq(1), x, x.neg().add(margin).relu()));
  }

  static Tensor marginRanking(
      Tensor x, Tensor other, Tensor target, float margin, Reduction reduction) {
    return reduction.of(x.sub(other).mul(target).neg().add(margin).relu());
  }

  static Tensor softMargin(Tensor x, Tensor target, Reduction reduction) {
    Losses.same("softMargin", x, target);
    return reduction.of(x.mul(target).neg().softplus(1, Float.POSITIVE_INFINITY));
  }

  static Tensor multilabelSoftMargin(
      Tensor x, Tensor target, @Nullable Tensor weight, Reduction reduction) {
    Tensor losses = bceWithLogits(x, target, weight, null, Reduction.NONE);
    return reduction.of(losses.mean(-1));
  }

  /** Σ over the other classes of max(0, margin - x_t + x_c)^p / C for x [N, C] or [C]. */
  static Tensor multiMargin(
      Tensor x, Tensor labels, int p, float margin, @Nullable Tensor weights, Reduction reduction) {
    Shape shape = x.shape();
    Tensor rows = shape.rank() == 1 ? x.unsqueeze(0) : x;
    Tensor chosen = labels.shape().rank() == 0 ? labels.reshape(1) : labels;
    int classes = rows.shape().dim(1);
    Tensor own = Losses.nll(rows, chosen, null, Integer.MIN_VALUE, Reduction.NONE).unsqueeze(1);
    Tensor terms = rows.add(own).add(margin).relu();
    terms = p == 1 ? terms : terms.pow(p);
    long[] at = chosen.toLongArray();
    float[] factors = new float[at.length * classes];
    float[] w = weights == null ? null : weights.toArray();
    for (int i = 0; i < factors.length; i++) {
      int label = (int) at[i / classes];
      factors[i] = i % classes == label ? 0 : w == null ? 1 : w[label];
    }
    Tensor losses = terms.mul(Tensor.of(factors, at.length, classes)).sum(1).div(classes);
    return reduction.of(shape.rank() == 1 ? losses.reshape() : losses);
  }

  /** Σ a b / (|a| |b|), each norm at least ε. */
  static Tensor cosineSimilarity(Tensor a, Tensor b, int dim, float eps) {
    Tensor left = a.norm(2, false, dim).clamp(eps, Float.POSITIVE_INFINITY);
    Tensor right = b.norm(2, false, dim).clamp(eps, Float.POSITIVE_INFINITY);
    return a.mul(b).sum(dim).div(left.mul(right));
  }

  static Tensor pairwiseDistance(Tensor a, Tensor b, float p, float eps, boolean keepdim) {
    return a.sub(b).add(eps).norm(p, keepdim, -1);
  }

  static Tensor cosineEmbedding(
      Tensor a, Tensor b, Tensor target, float margin, Reduction reduction) {
    Tensor cosine = cosineSimilarity(a, b, a.shape().rank() - 1, 1e-8f);
    Tensor alike = cosine.neg().add(1);
    return reduction.of(Tensor.where(target.eq(1), alike, cosine.sub(margin).relu()));
  }

  static Tensor tripletMargin(
      Tensor anchor,
      Tensor positive,
      Tensor negative,
      float margin,
      float p,
      float eps,
      boolean swap,
      Reduction reduction) {
    Tensor near = pairwiseDistance(anchor, positive, p, eps, false);
    Tensor far = pairwiseDistance(anchor, negative, p, eps, false);
    if (swap) {
      far = far.minimum(pairwiseDistance(positive, negative, p, eps, false));
    }
    return reduction.of(near.sub(far).add(margin).relu());
  }

  static Tensor poissonNll(
      Tensor x, Tensor target, boolean logInput, boolean full, float eps, Reduction reduction) {
    Losses.same("poissonNll", x, target);
    Tensor losses = logInput ? x.exp().sub(target.mul(x)) : x.sub(target.mul(x.add(eps).log()));
    if (full) {
      // Stirling's approximation of ln target!, where that is above 1.
      Tensor safe = target.clamp(1, Float.POSITIVE_INFINITY);
      Tensor stirling =
          safe.mul(safe.log()).sub(safe).add(safe.log().mul(0.5f)).add(HALF_LN_TWO_PI);
      losses = losses.add(Tensor.where(target.gt(1), stirling, Tensor.scalar(0)));
    }
    return reduction.of(losses);
  }

  static Tensor gaussianNll(
      Tensor x, Tensor target, Tensor variance, boolean full, float eps, Reduction reduction) {
    boolean row = variance.shape().rank() + 1 == x.shape().rank();
    Tensor v = (row ? variance.unsqueeze(-1) : variance).clamp(eps, Float.POSITIVE_INFINITY);
    Tensor losses = v.log().add(x.sub(target).square().div(v)).mul(0.5f);
    return reduction.of(full ? losses.add(HALF_LN_TWO_PI) : losses);
  }

  /** α_t (1 - p_t)^γ times the cross-entropy, with p_t the probability of the target. */
  static Tensor focal(Tensor x, Tensor target, float alpha, float gamma, Reduction reduction) {
    Losses.same("focal", x, target);
    Tensor entropy = bceWithLogits(x, target, null, null, Reduction.NONE);
    Tensor missed = entropy.neg().expm1().neg();
    Tensor losses = entropy.mul(missed.pow(gamma));
    if (alpha < 0) {
      return reduction.of(losses);
    }
    return reduction.of(losses.mul(target.mul(2 * alpha - 1).add(1 - alpha)));
  }

  /** Σ over labels y and other classes c of max(0, 1 - (x_y - x_c)) / C; -1 ends the labels. */
  static Tensor multilabelMargin(Tensor x, Tensor labels, Reduction reduction) {
    Losses.same("multilabelMargin", x, labels);
    Tensor rows = x.shape().rank() == 1 ? x.unsqueeze(0) : x;
    int n = rows.shape().dim(0);
    int classes = rows.shape().dim(1);
    long[] wanted = labels.toLongArray();
    float[] isLabel = new float[n * classes];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < classes && wanted[i * classes + j] >= 0; j++) {
        long label = wanted[i * classes + j];
        if (label >= classes) {
          throw new IllegalArgumentException(
              "multilabelMargin: label " + label + " is not one of " + classes + " classes");
        }
        isLabel[i * classes + (int) label] = 1;
      }
    }
    Tensor label = Tensor.of(isLabel, n, classes);
    Tensor pairs = label.unsqueeze(2).mul(label.neg().add(1).unsqueeze(1));
    Tensor margins = rows.unsqueeze(1).sub(rows.unsqueeze(2)).add(1).relu();
    Tensor losses = margins.mul(pairs).sum(1, 2).div(classes);
    return reduction.of(x.shape().rank() == 1 ? losses.reshape() : losses);
  }
}
