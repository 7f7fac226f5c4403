package dev.lanewise.tensor;

import dev.lanewise.op.CrossEntropy;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Losses as compositions of operations. */
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
    CrossEntropy op = new CrossEntropy(ignoreIndex, smoothing);
    Tensor losses =
        weights == null
            ? Tensor.apply(op, rows, targets)
            : Tensor.apply(op, rows, targets, weights);
    if (reduction == Reduction.MEAN && (weights != null || ignoreIndex != CrossEntropy.NONE)) {
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

  static Tensor mse(Tensor x, Tensor target, Reduction reduction) {
    if (!x.shape().equals(target.shape())) {
      throw new IllegalArgumentException(
          "mse: the target has shape " + target.shape() + ", the prediction " + x.shape());
    }
    Tensor difference = x.sub(target);
    return reduction.of(difference.mul(difference));
  }
}
