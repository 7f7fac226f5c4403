package dev.lanewise.kernel.norm;

import static dev.lanewise.kernel.vector.Lanes.F;
import static dev.lanewise.kernel.vector.Lanes.L;

import dev.lanewise.kernel.team.Chunks;
import dev.lanewise.kernel.vector.LaneSums;
import dev.lanewise.kernel.vector.Mem;
import dev.lanewise.kernel.vector.Operand;
import jdk.incubator.vector.FloatVector;

/**
 * Rows brought to mean 0 and mean square 1: what layer, group, instance and root-mean-square
 * normalisation have in common. A row is read from memory once: the deviations are taken from the
 * mean in a second look at it, from the cache, which keeps all digits.
 */
public final class RowNormKernel {
  private RowNormKernel() {}

  /**
   * y = (x - m) / sqrt(mean((x - m)²) + eps), row by row.
   *
   * @param x rows * columns elements
   * @param y as many, overwritten; may be x
   * @param inverse one float a row, overwritten: what the differences were multiplied with
   * @param centred whether m is the mean of the row, or 0
   */
  public static void forward(
      Operand x, Operand y, Operand inverse, long rows, int columns, boolean centred, float eps) {
    long source = Operand.address(x);
    long target = Operand.address(y);
    long inverses = Operand.address(inverse);
    long bytes = (long) columns * 4;
    Chunks.run(
        rows,
        columns,
        (from, to) -> {
          for (long row = from; row < to; row++) {
            long at = source + row * bytes;
            float mean = centred ? SoftmaxRows.sum(at, columns) / columns : 0;
            float square = squares(at, mean, columns) / columns;
            float factor = (float) (1 / Math.sqrt((double) square + eps));
            Mem.set(inverses + row * 4, factor);
            scaled(at, mean, factor, target + row * bytes, columns);
          }
        });
  }

  /**
   * The gradient of {@link #forward}: dx = (dy - mean(dy) - y mean(dy y)) inverse, the first mean
   * only where rows were centred.
   *
   * @param dy rows * columns elements
   * @param y the output of the forward pass
   * @param inverse from the forward pass
   * @param dx overwritten; may be dy
   */
  public static void gradient(
      Operand dy, Operand y, Operand inverse, Operand dx, long rows, int columns, boolean centred) {
    long gradients = Operand.address(dy);
    long outputs = Operand.address(y);
    long inverses = Operand.address(inverse);
    long target = Operand.address(dx);
    long bytes = (long) columns * 4;
    Chunks.run(
        rows,
        columns,
        (from, to) -> {
          for (long row = from; row < to; row++) {
            long at = row * bytes;
            float mean = centred ? SoftmaxRows.sum(gradients + at, columns) / columns : 0;
            float slope = SoftmaxRows.dot(gradients + at, outputs + at, columns) / columns;
            float factor = Mem.get(inverses + row * 4);
            projected(gradients + at, outputs + at, mean, slope, factor, target + at, columns);
          }
        });
  }

  /** The sum of (x - shift)². */
  private static float squares(long x, float shift, int n) {
    int whole = F.loopBound(n);
    FloatVector shifts = FloatVector.broadcast(F, shift);
    FloatVector sum = FloatVector.zero(F);
    for (int i = 0; i < whole; i += L) {
      FloatVector d =
          FloatVector.fromMemorySegment(F, Mem.ALL, x + (long) i * 4, Mem.ORDER).sub(shifts);
      sum = d.fma(d, sum);
    }
    float result = LaneSums.sum(sum);
    for (int i = whole; i < n; i++) {
      float d = Mem.get(x + (long) i * 4) - shift;
      result = Math.fma(d, d, result);
    }
    return result;
  }

  /** y = (x - shift) factor. */
  private static void scaled(long x, float shift, float factor, long y, int n) {
    int whole = F.loopBound(n);
    FloatVector shifts = FloatVector.broadcast(F, shift);
    FloatVector factors = FloatVector.broadcast(F, factor);
    for (int i = 0; i < whole; i += L) {
      FloatVector.fromMemorySegment(F, Mem.ALL, x + (long) i * 4, Mem.ORDER)
          .sub(shifts)
          .mul(factors)
          .intoMemorySegment(Mem.ALL, y + (long) i * 4, Mem.ORDER);
    }
    for (int i = whole; i < n; i++) {
      Mem.set(y + (long) i * 4, (Mem.get(x + (long) i * 4) - shift) * factor);
    }
  }

  /** dx = (dy - mean - y slope) factor. */
  private static void projected(
      long dy, long y, float mean, float slope, float factor, long dx, int n) {
    int whole = F.loopBound(n);
    FloatVector means = FloatVector.broadcast(F, mean);
    FloatVector minus = FloatVector.broadcast(F, -slope);
    FloatVector factors = FloatVector.broadcast(F, factor);
    for (int i = 0; i < whole; i += L) {
      long offset = (long) i * 4;
      FloatVector.fromMemorySegment(F, Mem.ALL, y + offset, Mem.ORDER)
          .fma(minus, FloatVector.fromMemorySegment(F, Mem.ALL, dy + offset, Mem.ORDER))
          .sub(means)
          .mul(factors)
          .intoMemorySegment(Mem.ALL, dx + offset, Mem.ORDER);
    }
    for (int i = whole; i < n; i++) {
      long offset = (long) i * 4;
      float rest = Math.fma(Mem.get(y + offset), -slope, Mem.get(dy + offset)) - mean;
      Mem.set(dx + offset, rest * factor);
    }
  }
}
