package dev.lanewise.tensor;

import dev.lanewise.op.CrossEntropy;
import dev.lanewise.op.Max;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Losses with class labels, as compositions of operations. */
final class Losses {
  private Losses() {}

  static Tensor crossEntropy(
      Tensor logits,
      Tensor labels,
      @Nullable Tensor weights,
      int ignoreIndex,
      float smoothing,
      Reduction reduction) {
    Shape shape = logits.shape();
    Tensor rows = logits;
    Tensor targets = labels;
    if (shape.rank() > 2) {
      // [N, C, d1, ...] → [N * d1 * ..., C]
      if (!shape.without(1).equals(labels.shape())) {
        throw new IllegalArgumentException(
            "crossEntropy: logits "
                + shape
                + " need labels "
                + shape.without(1)
                + ", found "
                + labels.shape());
      }
      int[] order =
          IntStream.concat(IntStream.range(0, shape.rank()).filter(i -> i != 1), IntStream.of(1))
              .toArray();
      rows = logits.permute(order).reshape(-1, shape.dim(1));
      targets = labels.reshape(-1);
    }
    boolean plainMean =
        reduction == Reduction.MEAN && weights == null && ignoreIndex == CrossEntropy.NONE;
    CrossEntropy op = new CrossEntropy(ignoreIndex, smoothing, plainMean);
    Tensor losses =
        weights == null
            ? Tensor.apply(op, rows, targets)
            : Tensor.apply(op, rows, targets, weights);
    if (plainMean) {
      return losses;
    }
    if (reduction == Reduction.MEAN) {
      return losses.sum().div(total(targets, weights, ignoreIndex));
    }
    Tensor shaped =
        losses.shape().equals(labels.shape()) ? losses : losses.reshape(labels.shape().toArray());
    return reduction.of(shaped);
  }

  /** The sum of the weights of the labels that count. */
  private static float total(Tensor labels, @Nullable Tensor weights, int ignoreIndex) {
    float[] w = weights == null ? null : weights.toArray();
    double total = 0;
    for (long label : labels.toLongArray()) {
      if (label != ignoreIndex) {
        total += w == null ? 1 : w[(int) label];
      }
    }
    return (float) total;
  }

  /**
   * -w_t x_t for log-probabilities [N, C, ...]; the mean divides by the sum of the weights.
   *
   * @param ignoreIndex the label of rows that do not count
   */
  static Tensor nll(
      Tensor x, Tensor labels, @Nullable Tensor weights, int ignoreIndex, Reduction reduction) {
    Shape shape = x.shape();
    boolean single = shape.rank() == 1;
    Shape expected = single ? Shape.of() : shape.rank() == 0 ? shape : shape.without(1);
    if (shape.rank() == 0 || labels.dtype() != DType.INT64 || !labels.shape().equals(expected)) {
      throw new IllegalArgumentException(
          "nll: log-probabilities "
              + shape
              + " need INT64 labels "
              + expected
              + ", found "
              + labels);
    }
    int axis = single ? 0 : 1;
    int classes = shape.dim(axis);
    int[] order =
        IntStream.concat(
                IntStream.range(0, shape.rank()).filter(i -> i != axis), IntStream.of(axis))
            .toArray();
    long[] at = labels.toLongArray();
    float[] factors = new float[at.length];
    float[] w = weights == null ? null : weights.toArray();
    double total = 0;
    for (int i = 0; i < at.length; i++) {
      if (at[i] == ignoreIndex) {
        at[i] = 0;
        continue;
      }
      if (at[i] < 0 || at[i] >= classes) {
        throw new IllegalArgumentException(
            "nll: label " + at[i] + " is not one of " + classes + " classes");
      }
      factors[i] = w == null ? -1 : -w[(int) at[i]];
      total -= factors[i];
    }
    Tensor rows = x.permute(order).reshape(at.length, classes);
    Tensor picked = Tensor.apply(new Max.Gather(), rows, Tensor.ofLongs(at, at.length));
    Tensor losses = picked.mul(Tensor.of(factors, at.length)).reshape(expected.toArray());
    return reduction == Reduction.MEAN ? losses.sum().div((float) total) : reduction.of(losses);
  }

  /** -Σ_c w_c q_c ln softmax(x)_c for probabilities q of the shape of x, smoothed by ε. */
  static Tensor crossEntropySoft(
      Tensor x, Tensor q, @Nullable Tensor weights, float smoothing, Reduction reduction) {
    same("crossEntropy", x, q);
    int axis = x.shape().rank() == 1 ? 0 : 1;
    int classes = x.shape().dim(axis);
    Tensor target = smoothing == 0 ? q : q.mul(1 - smoothing).add(smoothing / classes);
    Tensor terms = x.logSoftmax(axis).mul(target);
    if (weights != null) {
      int[] dims = new int[x.shape().rank()];
      Arrays.fill(dims, 1);
      dims[axis] = classes;
      terms = terms.mul(weights.reshape(dims));
    }
    return reduction.of(terms.sum(axis).neg());
  }

  /** Where the prediction and its target must have one shape. */
  static void same(String who, Tensor x, Tensor target) {
    if (!x.shape().equals(target.shape())) {
      throw new IllegalArgumentException(
          who + ": the target has shape " + target.shape() + ", the prediction " + x.shape());
    }
  }
}
