package dev.lanewise.kernel.norm;

import static dev.lanewise.kernel.vector.Lanes.F;
import static dev.lanewise.kernel.vector.Lanes.L;

import dev.lanewise.kernel.elementwise.VectorMath;
import dev.lanewise.kernel.team.Scratch;
import dev.lanewise.kernel.vector.LaneSums;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.kernel.vector.Mem;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;

/**
 * The loops over one row of {@link SoftmaxKernel}, and sums of rows for others. They call the
 * Vector API directly, because they may be inlined behind an exponential, see {@link VectorMath}.
 */
public final class SoftmaxRows {
  // Rotations by half of the lanes that are left.
  private static final VectorShuffle<Float> BY_8 = VectorShuffle.iota(F, 8 % L, 1, true);
  private static final VectorShuffle<Float> BY_4 = VectorShuffle.iota(F, 4 % L, 1, true);
  private static final VectorShuffle<Float> BY_2 = VectorShuffle.iota(F, 2, 1, true);
  private static final VectorShuffle<Float> BY_1 = VectorShuffle.iota(F, 1, 1, true);

  /** Elements of one part of a sum. */
  private static final int PART = 64 * L;

  private SoftmaxRows() {}

  /** Copies a row into the buffer and fills its last vector up with minus infinity. */
  static void copyPadded(long x, long buffer, int n) {
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
  public static float maximum(long x, long buffer, int n) {
    copyPadded(x, buffer, n);
    return maximum(buffer, n);
  }

  /** The maximum of a buffer. */
  public static float maximum(long buffer, int n) {
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
   *
   * @param shift not below the largest element, but for rounding
   */
  public static float exponentials(long buffer, int n, float shift) {
    FloatVector shifts = FloatVector.broadcast(F, shift);
    FloatVector total = FloatVector.zero(F);
    for (int start = 0; start < n; start += PART) {
      int end = Math.min(n, start + PART);
      FloatVector sum = FloatVector.zero(F);
      for (int i = start; i < end; i += L) {
        long at = buffer + (long) i * 4;
        FloatVector e =
            VectorMath.expUpToZero(
                FloatVector.fromMemorySegment(F, Mem.ALL, at, Mem.ORDER).sub(shifts));
        e.intoMemorySegment(Mem.ALL, at, Mem.ORDER);
        sum = sum.add(e);
      }
      total = total.add(sum);
    }
    total.intoMemorySegment(Mem.ALL, buffer - Lanes.BYTES, Mem.ORDER);
    return lanes(buffer - Lanes.BYTES);
  }

  /**
   * sums = maxima + log(sums), the logarithms of sums of exponentials; infinity where a sum is 0.
   * Whole vectors are read and written.
   */
  public static void logarithms(long sums, long maxima, int n) {
    for (int i = 0; i < n; i += L) {
      long at = sums + (long) i * 4;
      FloatVector sum = FloatVector.fromMemorySegment(F, Mem.ALL, at, Mem.ORDER);
      FloatVector max = FloatVector.fromMemorySegment(F, Mem.ALL, maxima + (long) i * 4, Mem.ORDER);
      VectorMath.log(sum)
          .add(max)
          .blend(Float.POSITIVE_INFINITY, sum.compare(VectorOperators.EQ, 0))
          .intoMemorySegment(Mem.ALL, at, Mem.ORDER);
    }
  }

  /**
   * The sum of the lanes of a vector in memory, in the order of {@link LaneSums}. It takes an
   * address and calls nothing but the Vector API: whether or not the compiler inlines it behind a
   * long expression, nothing is boxed.
   */
  static float lanes(long address) {
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
  public static void scaled(long buffer, float factor, long y, int n) {
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
  static void shifted(long x, float max, float log, long y, int n) {
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
    return sum(x, n, Scratch.address());
  }

  /** The sum of x; a vector of scratch memory is overwritten. */
  static float sum(long xAt, int n, long scratch) {
    long x = xAt & Mem.ADDRESS_BITS;
    int whole = F.loopBound(n);
    FloatVector sum = FloatVector.zero(F);
    for (int i = 0; i < whole; i += L) {
      sum = sum.add(FloatVector.fromMemorySegment(F, Mem.ALL, x + (long) i * 4, Mem.ORDER));
    }
    sum.intoMemorySegment(Mem.ALL, scratch, Mem.ORDER);
    float result = lanes(scratch);
    for (int i = whole; i < n; i++) {
      result += Mem.get(x + (long) i * 4);
    }
    return result;
  }

  public static float dot(long a, long b, int n) {
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

  /** dx = factor y (dy - dot). */
  public static void centred(long y, long dy, float dot, float factor, long dx, int n) {
    int whole = F.loopBound(n);
    FloatVector dots = FloatVector.broadcast(F, dot);
    FloatVector factors = FloatVector.broadcast(F, factor);
    for (int i = 0; i < whole; i += L) {
      long offset = (long) i * 4;
      FloatVector.fromMemorySegment(F, Mem.ALL, y + offset, Mem.ORDER)
          .mul(factors)
          .mul(FloatVector.fromMemorySegment(F, Mem.ALL, dy + offset, Mem.ORDER).sub(dots))
          .intoMemorySegment(Mem.ALL, dx + offset, Mem.ORDER);
    }
    for (int i = whole; i < n; i++) {
      long offset = (long) i * 4;
      Mem.set(dx + offset, Mem.get(y + offset) * factor * (Mem.get(dy + offset) - dot));
    }
  }

  /** dx = dy - buffer * sum. */
  static void subtracted(long dy, long buffer, float sum, long dx, int n) {
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
  static void smoothed(long dx, long weights, float factor, int n) {
    for (int i = 0; i < n; i++) {
      long at = dx + (long) i * 4;
      float weight = weights == 0 ? 1 : Mem.get(weights + (long) i * 4);
      Mem.set(at, Mem.get(at) - factor * weight);
    }
  }
}
