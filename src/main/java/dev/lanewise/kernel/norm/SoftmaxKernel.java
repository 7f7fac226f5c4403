package dev.lanewise.kernel.norm;

import dev.lanewise.kernel.team.Chunks;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.kernel.vector.Mem;
import dev.lanewise.kernel.vector.Operand;
import dev.lanewise.kernel.vector.VectorMemory;
import dev.lanewise.memory.Block;
import dev.lanewise.memory.Pool;
import org.jspecify.annotations.Nullable;

/**
 * Row kernels: softmax, its logarithm, the cross entropy, and their gradients. Operands are
 * contiguous rows of float32; the maximum of a row is subtracted before anything is exponentiated.
 *
 * <p>A row is copied into a buffer of whole vectors, filled up with minus infinity, whose
 * exponential is zero: so no loop needs masks, which narrow processors do not have ({@link
 * SoftmaxRows}).
 */
public final class SoftmaxKernel {
  private SoftmaxKernel() {}

  /** Rows of work with a buffer for one row of whole vectors, and one vector before it. */
  @FunctionalInterface
  private interface RowBody {
    void run(long from, long to, long buffer);
  }

  private static long bufferBytes(int columns) {
    return (long) Lanes.roundUp(columns) * 4 + Lanes.BYTES;
  }

  private static void rows(long rows, int columns, RowBody body) {
    Chunks.run(
        rows,
        columns,
        (from, to) -> {
          Block block = Pool.global().allocate(bufferBytes(columns), "softmax");
          try {
            body.run(from, to, block.address() + Lanes.BYTES);
          } finally {
            block.free();
          }
        });
  }

  /**
   * y = e^x / sum of e^x, row by row.
   *
   * @param x rows * columns elements
   * @param y as many, overwritten; may be x
   * @param rows how many
   * @param columns the length of a row
   */
  public static void softmax(Operand x, Operand y, long rows, int columns) {
    long source = Operand.address(x);
    long target = Operand.address(y);
    long bytes = (long) columns * 4;
    rows(
        rows,
        columns,
        (from, to, buffer) -> {
          for (long row = from; row < to; row++) {
            float max = SoftmaxRows.maximum(source + row * bytes, buffer, columns);
            float sum = SoftmaxRows.exponentials(buffer, columns, max);
            SoftmaxRows.scaled(buffer, 1 / sum, target + row * bytes, columns);
          }
        });
  }

  /**
   * y = x - ln(sum of e^x), row by row.
   *
   * @param x rows * columns elements
   * @param y as many, overwritten; may be x
   * @param rows how many
   * @param columns the length of a row
   */
  public static void logSoftmax(Operand x, Operand y, long rows, int columns) {
    long source = Operand.address(x);
    long target = Operand.address(y);
    long bytes = (long) columns * 4;
    rows(
        rows,
        columns,
        (from, to, buffer) -> {
          for (long row = from; row < to; row++) {
            float max = SoftmaxRows.maximum(source + row * bytes, buffer, columns);
            float log = (float) Math.log(SoftmaxRows.exponentials(buffer, columns, max));
            SoftmaxRows.shifted(source + row * bytes, max, log, target + row * bytes, columns);
          }
        });
  }

  /**
   * The gradient of {@link #softmax}: dx = y (dy - sum of y dy).
   *
   * @param y the output of the forward pass
   * @param dy its gradient
   * @param dx the gradient of the input, overwritten; may be y or dy
   * @param rows how many
   * @param columns the length of a row
   */
  public static void softmaxGradient(Operand y, Operand dy, Operand dx, long rows, int columns) {
    long outputs = Operand.address(y);
    long gradients = Operand.address(dy);
    long target = Operand.address(dx);
    long bytes = (long) columns * 4;
    Chunks.run(
        rows,
        columns,
        (from, to) -> {
          for (long row = from; row < to; row++) {
            long at = row * bytes;
            float dot = SoftmaxRows.dot(outputs + at, gradients + at, columns);
            SoftmaxRows.centred(outputs + at, gradients + at, dot, 1, target + at, columns);
          }
        });
  }

  /**
   * The gradient of {@link #logSoftmax}: dx = dy - e^y (sum of dy).
   *
   * @param y the output of the forward pass
   * @param dy its gradient
   * @param dx the gradient of the input, overwritten; may be y or dy
   * @param rows how many
   * @param columns the length of a row
   */
  public static void logSoftmaxGradient(Operand y, Operand dy, Operand dx, long rows, int columns) {
    long outputs = Operand.address(y);
    long gradients = Operand.address(dy);
    long target = Operand.address(dx);
    long bytes = (long) columns * 4;
    rows(
        rows,
        columns,
        (from, to, buffer) -> {
          for (long row = from; row < to; row++) {
            long at = row * bytes;
            float sum = SoftmaxRows.sum(gradients + at, columns);
            SoftmaxRows.copyPadded(outputs + at, buffer, columns);
            SoftmaxRows.exponentials(buffer, columns, 0);
            SoftmaxRows.subtracted(gradients + at, buffer, sum, target + at, columns);
          }
        });
  }

  /**
   * The first row whose label is neither one of the columns nor the one that is ignored; -1 if
   * there is none.
   *
   * @param labelsInt64 one 64-bit label per row
   * @param ignoreIndex the label of rows that do not count
   * @param rows how many
   * @param columns labels run from 0 to columns - 1
   */
  public static int wrongLabel(Operand labelsInt64, int ignoreIndex, int rows, int columns) {
    long labels = Operand.address(labelsInt64);
    for (int row = 0; row < rows; row++) {
      long label = Mem.ALL.get(Mem.LONG, labels + row * 8L);
      if ((label < 0 || label >= columns) && label != ignoreIndex) {
        return row;
      }
    }
    return -1;
  }

  /** Whether the cross entropy of so many classes takes its logits in batch lanes as well. */
  public static boolean readsLanes(int columns) {
    return NarrowCrossEntropy.serves(columns);
  }

  /**
   * The cross entropy between logits and labels, one float per row:
   *
   * <pre>
   * loss = (1 - s) w[label] (-log p[label]) + s / columns * sum over c of w[c] (-log p[c])
   * </pre>
   *
   * with p the softmax of the row and s the label smoothing; as {@code
   * torch.nn.functional.cross_entropy} without reduction.
   *
   * @param logits rows * columns elements
   * @param lanes whether they are in batch lanes, where {@link #readsLanes}
   * @param labelsInt64 one 64-bit label per row, from 0 to columns - 1, or the one ignored
   * @param loss one element per row, overwritten; 0 for an ignored row
   * @param weights one element per column; null if all are 1
   * @param ignoreIndex the label of rows that do not count
   * @param labelSmoothing s, from 0 to 1
   * @param rows how many
   * @param columns the length of a row
   */
  public static void crossEntropy(
      Operand logits,
      boolean lanes,
      Operand labelsInt64,
      Operand loss,
      @Nullable Operand weights,
      int ignoreIndex,
      float labelSmoothing,
      long rows,
      int columns) {
    long source = Operand.address(logits);
    long labels = Operand.address(labelsInt64);
    long target = Operand.address(loss);
    long factors = weights == null ? 0 : Operand.address(weights);
    if (NarrowCrossEntropy.serves(columns)) {
      NarrowCrossEntropy.forward(
          new NarrowCrossEntropy.Arguments(
              source, lanes, labels, factors, ignoreIndex, labelSmoothing, rows, columns),
          target);
      return;
    }
    float all = factors == 0 ? columns : SoftmaxRows.sum(factors, columns);
    long bytes = (long) columns * 4;
    rows(
        rows,
        columns,
        (from, to, buffer) -> {
          for (long row = from; row < to; row++) {
            long label = Mem.ALL.get(Mem.LONG, labels + row * 8);
            float result = 0;
            if (label != ignoreIndex) {
              long x = source + row * bytes;
              float max = SoftmaxRows.maximum(x, buffer, columns);
              double log = Math.log(SoftmaxRows.exponentials(buffer, columns, max));
              float weight = factors == 0 ? 1 : Mem.get(factors + label * 4);
              double own = log - (Mem.get(x + label * 4) - max);
              double value = (1.0 - labelSmoothing) * weight * own;
              if (labelSmoothing != 0) {
                // sum of w (log - (x - max)), with the shift taken out of the sum
                float weighted =
                    factors == 0
                        ? SoftmaxRows.sum(x, columns)
                        : SoftmaxRows.dot(factors, x, columns);
                double others = all * (log + max) - weighted;
                value += labelSmoothing / columns * others;
              }
              result = (float) value;
            }
            Mem.set(target + row * 4, result);
          }
        });
  }

  /**
   * The gradient of {@link #crossEntropy} with respect to the logits.
   *
   * @param logits as in the forward pass
   * @param lanes as in the forward pass; it holds for their gradient, too
   * @param labelsInt64 as in the forward pass
   * @param dlossPerRow the gradient of every row's loss
   * @param dlogits the gradient of the logits, overwritten; may be the logits
   * @param weights as in the forward pass
   * @param ignoreIndex as in the forward pass
   * @param labelSmoothing as in the forward pass
   * @param rows how many
   * @param columns the length of a row
   */
  public static void crossEntropyGradient(
      Operand logits,
      boolean lanes,
      Operand labelsInt64,
      Operand dlossPerRow,
      Operand dlogits,
      @Nullable Operand weights,
      int ignoreIndex,
      float labelSmoothing,
      long rows,
      int columns) {
    long source = Operand.address(logits);
    long labels = Operand.address(labelsInt64);
    long slopes = Operand.address(dlossPerRow);
    long target = Operand.address(dlogits);
    long factors = weights == null ? 0 : Operand.address(weights);
    if (NarrowCrossEntropy.serves(columns)) {
      NarrowCrossEntropy.gradient(
          new NarrowCrossEntropy.Arguments(
              source, lanes, labels, factors, ignoreIndex, labelSmoothing, rows, columns),
          slopes,
          target);
      return;
    }
    float all = factors == 0 ? columns : SoftmaxRows.sum(factors, columns);
    long bytes = (long) columns * 4;
    rows(
        rows,
        columns,
        (from, to, buffer) -> {
          for (long row = from; row < to; row++) {
            long label = Mem.ALL.get(Mem.LONG, labels + row * 8);
            long dx = target + row * bytes;
            if (label == ignoreIndex) {
              VectorMemory.fill(dx, 0, columns);
              continue;
            }
            float slope = Mem.get(slopes + row * 4);
            float weight = factors == 0 ? 1 : Mem.get(factors + label * 4);
            float own = slope * (1 - labelSmoothing) * weight;
            float other = slope * labelSmoothing / columns;
            float max = SoftmaxRows.maximum(source + row * bytes, buffer, columns);
            float sum = SoftmaxRows.exponentials(buffer, columns, max);
            SoftmaxRows.scaled(buffer, (own + other * all) / sum, dx, columns);
            if (other != 0) {
              SoftmaxRows.smoothed(dx, factors, other, columns);
            }
            Mem.set(dx + label * 4, Mem.get(dx + label * 4) - own);
          }
        });
  }
}
