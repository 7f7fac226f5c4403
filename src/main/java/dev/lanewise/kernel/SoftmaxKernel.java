package dev.lanewise.kernel;

import static dev.lanewise.kernel.Lanes.F;
import static dev.lanewise.kernel.Lanes.L;

import dev.lanewise.memory.Block;
import dev.lanewise.memory.Pool;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import org.jspecify.annotations.Nullable;

/**
 * Row kernels: softmax, its logarithm, the cross entropy, and their gradients. Operands are
 * contiguous rows of float32; the maximum of a row is subtracted before anything is exponentiated.
 *
 * <p>A row is copied into a buffer of whole vectors, filled up with minus infinity, whose
 * exponential is zero: so no loop needs masks, which narrow processors do not have. The loops call
 * the Vector API directly, because they may be inlined behind an exponential, see {@link
 * VectorMath}.
 */
public final class SoftmaxKernel {
  // Rotations by half of the lanes that are left.
  private static final VectorShuffle<Float> BY_8 = VectorShuffle.iota(F, 8 % L, 1, true);
  private static final VectorShuffle<Float> BY_4 = VectorShuffle.iota(F, 4 % L, 1, true);
  private static final VectorShuffle<Float> BY_2 = VectorShuffle.iota(F, 2, 1, true);
  private static final VectorShuffle<Float> BY_1 = VectorShuffle.iota(F, 1, 1, true);

  /** Elements of one part of a sum. */
  private static final int PART = 64 * L;

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
            float max = maximum(source + row * bytes, buffer, columns);
            float sum = exponentials(buffer, columns, max);
            scaled(buffer, 1 / sum, target + row * bytes, columns);
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
            float max = maximum(source + row * bytes, buffer, columns);
            float log = (float) Math.log(exponentials(buffer, columns, max));
            shifted(source + row * bytes, max, log, target + row * bytes, columns);
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
            float dot = dot(outputs + at, gradients + at, columns);
            centred(outputs + at, gradients + at, dot, target + at, columns);
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
            float sum = sum(gradients + at, columns);
            copyPadded(outputs + at, buffer, columns);
            exponentials(buffer, columns, 0);
            subtracted(gradients + at, buffer, sum, target + at, columns);
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
    float all = factors == 0 ? columns : sum(factors, columns);
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
              float max = maximum(x, buffer, columns);
              double log = Math.log(exponentials(buffer, columns, max));
              float weight = factors == 0 ? 1 : Mem.get(factors + label * 4);
              double own = log - (Mem.get(x + label * 4) - max);
              double value = (1.0 - labelSmoothing) * weight * own;
              if (labelSmoothing != 0) {
                // sum of w (log - (x - max)), with the shift taken out of the sum
                float weighted = factors == 0 ? sum(x, columns) : dot(factors, x, columns);
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
    float all = factors == 0 ? columns : sum(factors, columns);
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
            float max = maximum(source + row * bytes, buffer, columns);
            float sum = exponentials(buffer, columns, max);
            scaled(buffer, (own + other * all) / sum, dx, columns);
            if (other != 0) {
              smoothed(dx, factors, other, columns);
            }
            Mem.set(dx + label * 4, Mem.get(dx + label * 4) - own);
          }
        });
  }

  // ---------------------------------------------------------------- one row

  /** Copies a row into the buffer and fills its last vector up with minus infinity. */
  private static void copyPadded(long x, long buffer, int n) {
    int whole = F.loopBound(n);
    for (int i = 0; i < whole; i += L) {
      FloatVector.fromMemorySegment(F, Mem.ALL, x + (long) i * 4, Mem.ORDER)
          .intoMemorySegment(Mem.ALL, buffer + (long) i * 4, Mem.ORDER);
    }
    if (whole < n) {
      long end = (long) whole * 4;
      FloatVector.broadcast(F, Float.NEGATIVE_INFINITY)
          .intoMemorySegment(Mem.ALL, buffer + end, Mem.ORDER);
      Scratch.copyFew(x + end, buffer + end, n - whole);
    }
  }

  /**
   * Copies a row into the buffer and finds its maximum. NaN is passed over: its exponential makes
   * the sum of the row NaN anyway, and comparing is faster than a maximum that looks for NaN.
   */
  private static float maximum(long x, long buffer, int n) {
    copyPadded(x, buffer, n);
    return maximum(buffer, n);
  }

  /** The maximum of a buffer. */
  static float maximum(long buffer, int n) {
    FloatVector max = FloatVector.broadcast(F, Float.NEGATIVE_INFINITY);
    for (int i = 0; i < n; i += L) {
      FloatVector value =
          FloatVector.fromMemorySegment(F, Mem.ALL, buffer + (long) i * 4, Mem.ORDER);
      max = max.blend(value, value.compare(VectorOperators.GT, max));
    }
    return max.reduceLanes(VectorOperators.MAX);
  }

  /**
   * buffer = e^(buffer - shift), and the sum of it: formed in parts, since the rounding error grows
   * with the longest chain of additions.
   */
  static float exponentials(long buffer, int n, float shift) {
    FloatVector shifts = FloatVector.broadcast(F, shift);
    FloatVector total = FloatVector.zero(F);
    for (int start = 0; start < n; start += PART) {
      int end = Math.min(n, start + PART);
      FloatVector sum = FloatVector.zero(F);
      for (int i = start; i < end; i += L) {
        long at = buffer + (long) i * 4;
        FloatVector e =
            VectorMath.exp(FloatVector.fromMemorySegment(F, Mem.ALL, at, Mem.ORDER).sub(shifts));
        e.intoMemorySegment(Mem.ALL, at, Mem.ORDER);
        sum = sum.add(e);
      }
      total = total.add(sum);
    }
    total.intoMemorySegment(Mem.ALL, buffer - Lanes.BYTES, Mem.ORDER);
    return lanes(buffer - Lanes.BYTES);
  }

  /**
   * The sum of the lanes of a vector in memory, in the order of {@link LaneSums}. It takes an
   * address and calls nothing but the Vector API: whether or not the compiler inlines it behind a
   * long expression, nothing is boxed.
   */
  private static float lanes(long address) {
    FloatVector v = FloatVector.fromMemorySegment(F, Mem.ALL, address, Mem.ORDER);
    if (L >= 16) {
      v = v.add(v.rearrange(BY_8));
    }
    if (L >= 8) {
      v = v.add(v.rearrange(BY_4));
    }
    v = v.add(v.rearrange(BY_2));
    v = v.add(v.rearrange(BY_1));
    return v.lane(0);
  }

  /** y = buffer * factor. */
  static void scaled(long buffer, float factor, long y, int n) {
    int whole = F.loopBound(n);
    FloatVector factors = FloatVector.broadcast(F, factor);
    for (int i = 0; i < whole; i += L) {
      FloatVector.fromMemorySegment(F, Mem.ALL, buffer + (long) i * 4, Mem.ORDER)
          .mul(factors)
          .intoMemorySegment(Mem.ALL, y + (long) i * 4, Mem.ORDER);
    }
    for (int i = whole; i < n; i++) {
      Mem.set(y + (long) i * 4, Mem.get(buffer + (long) i * 4) * factor);
    }
  }

  /** y = (x - max) - log. */
  private static void shifted(long x, float max, float log, long y, int n) {
    int whole = F.loopBound(n);
    FloatVector maxima = FloatVector.broadcast(F, max);
    FloatVector logs = FloatVector.broadcast(F, log);
    for (int i = 0; i < whole; i += L) {
      FloatVector.fromMemorySegment(F, Mem.ALL, x + (long) i * 4, Mem.ORDER)
          .sub(maxima)
          .sub(logs)
          .intoMemorySegment(Mem.ALL, y + (long) i * 4, Mem.ORDER);
    }
    for (int i = whole; i < n; i++) {
      Mem.set(y + (long) i * 4, Mem.get(x + (long) i * 4) - max - log);
    }
  }

  static float sum(long x, int n) {
    int whole = F.loopBound(n);
    FloatVector sum = FloatVector.zero(F);
    for (int i = 0; i < whole; i += L) {
      sum = sum.add(FloatVector.fromMemorySegment(F, Mem.ALL, x + (long) i * 4, Mem.ORDER));
    }
    long scratch = Scratch.address();
    sum.intoMemorySegment(Mem.ALL, scratch, Mem.ORDER);
    float result = lanes(scratch);
    for (int i = whole; i < n; i++) {
      result += Mem.get(x + (long) i * 4);
    }
    return result;
  }

  static float dot(long a, long b, int n) {
    int whole = F.loopBound(n);
    FloatVector sum = FloatVector.zero(F);
    for (int i = 0; i < whole; i += L) {
      sum =
          FloatVector.fromMemorySegment(F, Mem.ALL, a + (long) i * 4, Mem.ORDER)
              .fma(FloatVector.fromMemorySegment(F, Mem.ALL, b + (long) i * 4, Mem.ORDER), sum);
    }
    long scratch = Scratch.address();
    sum.intoMemorySegment(Mem.ALL, scratch, Mem.ORDER);
    float result = lanes(scratch);
    for (int i = whole; i < n; i++) {
      result = Math.fma(Mem.get(a + (long) i * 4), Mem.get(b + (long) i * 4), result);
    }
    return result;
  }

  /** dx = y (dy - dot). */
  static void centred(long y, long dy, float dot, long dx, int n) {
    int whole = F.loopBound(n);
    FloatVector dots = FloatVector.broadcast(F, dot);
    for (int i = 0; i < whole; i += L) {
      long offset = (long) i * 4;
      FloatVector.fromMemorySegment(F, Mem.ALL, y + offset, Mem.ORDER)
          .mul(FloatVector.fromMemorySegment(F, Mem.ALL, dy + offset, Mem.ORDER).sub(dots))
          .intoMemorySegment(Mem.ALL, dx + offset, Mem.ORDER);
    }
    for (int i = whole; i < n; i++) {
      long offset = (long) i * 4;
      Mem.set(dx + offset, Mem.get(y + offset) * (Mem.get(dy + offset) - dot));
    }
  }

  /** dx = dy - buffer * sum. */
  private static void subtracted(long dy, long buffer, float sum, long dx, int n) {
    int whole = F.loopBound(n);
    FloatVector minus = FloatVector.broadcast(F, -sum);
    for (int i = 0; i < whole; i += L) {
      long offset = (long) i * 4;
      FloatVector.fromMemorySegment(F, Mem.ALL, buffer + offset, Mem.ORDER)
          .fma(minus, FloatVector.fromMemorySegment(F, Mem.ALL, dy + offset, Mem.ORDER))
          .intoMemorySegment(Mem.ALL, dx + offset, Mem.ORDER);
    }
    for (int i = whole; i < n; i++) {
      long offset = (long) i * 4;
      Mem.set(dx + offset, Math.fma(Mem.get(buffer + offset), -sum, Mem.get(dy + offset)));
    }
  }

  /** dx = dx - factor * weights; no weights are ones. */
  private static void smoothed(long dx, long weights, float factor, int n) {
    for (int i = 0; i < n; i++) {
      long at = dx + (long) i * 4;
      float weight = weights == 0 ? 1 : Mem.get(weights + (long) i * 4);
      Mem.set(at, Mem.get(at) - factor * weight);
    }
  }
}
