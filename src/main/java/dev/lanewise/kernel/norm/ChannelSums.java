package dev.lanewise.kernel.norm;

import static dev.lanewise.kernel.vector.Lanes.BYTES;
import static dev.lanewise.kernel.vector.Lanes.F;

import dev.lanewise.kernel.vector.Mem;
import dev.lanewise.kernel.vector.VectorMemory;
import jdk.incubator.vector.FloatVector;

/**
 * Mean and squared deviations of the columns of a piece of memory {@code [positions][columns]}.
 *
 * <p>The values are summed as differences from the first one of the piece, lane by lane, so that a
 * large common part does not eat the digits of the deviations (Chan, Golub and LeVeque,
 * <i>Algorithms for Computing the Sample Variance</i>, 1983). Eight positions are taken at a time:
 * the sums then go through memory only once for eight values, and what comes from memory comes
 * along eight streams, which is faster than along four. Each stream is an eighth of the piece, one
 * position behind the other: a processor that fetches ahead across pages finds what it expects.
 */
final class ChannelSums {
  /** Columns of one sweep: the sums and eight positions of them stay in the first cache level. */
  static final int BLOCK = 64;

  private ChannelSums() {}

  /**
   * Writes for every column the mean of its lanes, and in a second row the sum of the squared
   * deviations from it.
   */
  static void moments(long x, int positions, int columns, long result) {
    long row = (long) columns * BYTES;
    for (int start = 0; start < columns; start += BLOCK) {
      int n = Math.min(BLOCK, columns - start);
      long from = x + (long) start * BYTES;
      long sums = result + (long) start * BYTES;
      long squares = sums + row;
      VectorMemory.zeroVectors(sums, n);
      VectorMemory.zeroVectors(squares, n);
      int apart = positions / 8;
      for (int p = 0; p < apart; p++) {
        eight(from, from + p * row, apart * row, sums, squares, n);
      }
      for (int p = 8 * apart; p < positions; p++) {
        one(from, from + p * row, sums, squares, n);
      }
      finish(from, sums, squares, n, 1f / positions);
    }
  }

  private static void eight(
      long shiftAt, long xAt, long apart, long sumsAt, long squaresAt, int n) {
    long shift = shiftAt & Mem.ADDRESS_BITS;
    long x = xAt & Mem.ADDRESS_BITS;
    long y = xAt + 4 * apart & Mem.ADDRESS_BITS;
    long sums = sumsAt & Mem.ADDRESS_BITS;
    long squares = squaresAt & Mem.ADDRESS_BITS;
    for (int i = 0; i < n; i++) {
      long at = (long) i * BYTES;
      FloatVector k = FloatVector.fromMemorySegment(F, Mem.ALL, shift + at, Mem.ORDER);
      FloatVector a = FloatVector.fromMemorySegment(F, Mem.ALL, x + at, Mem.ORDER).sub(k);
      FloatVector b = FloatVector.fromMemorySegment(F, Mem.ALL, x + apart + at, Mem.ORDER).sub(k);
      FloatVector c =
          FloatVector.fromMemorySegment(F, Mem.ALL, x + 2 * apart + at, Mem.ORDER).sub(k);
      FloatVector d =
          FloatVector.fromMemorySegment(F, Mem.ALL, x + 3 * apart + at, Mem.ORDER).sub(k);
      FloatVector e = FloatVector.fromMemorySegment(F, Mem.ALL, y + at, Mem.ORDER).sub(k);
      FloatVector f = FloatVector.fromMemorySegment(F, Mem.ALL, y + apart + at, Mem.ORDER).sub(k);
      FloatVector g =
          FloatVector.fromMemorySegment(F, Mem.ALL, y + 2 * apart + at, Mem.ORDER).sub(k);
      FloatVector h =
          FloatVector.fromMemorySegment(F, Mem.ALL, y + 3 * apart + at, Mem.ORDER).sub(k);
      FloatVector.fromMemorySegment(F, Mem.ALL, sums + at, Mem.ORDER)
          .add(a.add(b).add(c.add(d)).add(e.add(f).add(g.add(h))))
          .intoMemorySegment(Mem.ALL, sums + at, Mem.ORDER);
      FloatVector lower = a.fma(a, b.mul(b)).add(c.fma(c, d.mul(d)));
      FloatVector upper = e.fma(e, f.mul(f)).add(g.fma(g, h.mul(h)));
      FloatVector.fromMemorySegment(F, Mem.ALL, squares + at, Mem.ORDER)
          .add(lower.add(upper))
          .intoMemorySegment(Mem.ALL, squares + at, Mem.ORDER);
    }
  }

  private static void one(long shift, long x, long sums, long squares, int n) {
    for (int i = 0; i < n; i++) {
      long at = (long) i * BYTES;
      FloatVector a =
          FloatVector.fromMemorySegment(F, Mem.ALL, x + at, Mem.ORDER)
              .sub(FloatVector.fromMemorySegment(F, Mem.ALL, shift + at, Mem.ORDER));
      FloatVector.fromMemorySegment(F, Mem.ALL, sums + at, Mem.ORDER)
          .add(a)
          .intoMemorySegment(Mem.ALL, sums + at, Mem.ORDER);
      a.fma(a, FloatVector.fromMemorySegment(F, Mem.ALL, squares + at, Mem.ORDER))
          .intoMemorySegment(Mem.ALL, squares + at, Mem.ORDER);
    }
  }

  /** From the sums of differences to the moments. */
  private static void finish(long shift, long sums, long squares, int n, float oneByCount) {
    for (int i = 0; i < n; i++) {
      long at = (long) i * BYTES;
      FloatVector sum = FloatVector.fromMemorySegment(F, Mem.ALL, sums + at, Mem.ORDER);
      FloatVector mean = sum.mul(oneByCount);
      FloatVector.fromMemorySegment(F, Mem.ALL, squares + at, Mem.ORDER)
          .sub(mean.mul(sum))
          .max(0)
          .intoMemorySegment(Mem.ALL, squares + at, Mem.ORDER);
      mean.add(FloatVector.fromMemorySegment(F, Mem.ALL, shift + at, Mem.ORDER))
          .intoMemorySegment(Mem.ALL, sums + at, Mem.ORDER);
    }
  }

  /**
   * The moments of pieces put together: the first row of {@code result} is the mean of the means,
   * weighted, the second one the sum of all squared deviations from it.
   *
   * @param parts of one piece after the other, as {@link #moments} writes them
   * @param weights for every piece a vector: how many elements of each lane count
   * @param column the one that is done
   */
  static void together(long parts, int pieces, long weights, int columns, int column, long result) {
    long step = 2L * columns * BYTES;
    long at = (long) column * BYTES;
    FloatVector total = FloatVector.zero(F);
    FloatVector weighted = FloatVector.zero(F);
    for (int i = 0; i < pieces; i++) {
      FloatVector w =
          FloatVector.fromMemorySegment(F, Mem.ALL, weights + (long) i * BYTES, Mem.ORDER);
      total = total.add(w);
      weighted =
          FloatVector.fromMemorySegment(F, Mem.ALL, parts + i * step + at, Mem.ORDER)
              .fma(w, weighted);
    }
    FloatVector mean = weighted.div(total.max(1));
    FloatVector deviations = FloatVector.zero(F);
    for (int i = 0; i < pieces; i++) {
      long part = parts + i * step + at;
      FloatVector d = FloatVector.fromMemorySegment(F, Mem.ALL, part, Mem.ORDER).sub(mean);
      deviations =
          d.mul(d)
              .fma(
                  FloatVector.fromMemorySegment(F, Mem.ALL, weights + (long) i * BYTES, Mem.ORDER),
                  deviations)
              .add(
                  FloatVector.fromMemorySegment(
                      F, Mem.ALL, part + (long) columns * BYTES, Mem.ORDER));
    }
    mean.intoMemorySegment(Mem.ALL, result + at, Mem.ORDER);
    deviations.intoMemorySegment(Mem.ALL, result + at + (long) columns * BYTES, Mem.ORDER);
  }

  /** Adds up vector {@code index} of each of the pieces, which are {@code step} bytes apart. */
  static void added(long parts, int pieces, long step, int index, long result) {
    long at = (long) index * BYTES;
    FloatVector sum = FloatVector.zero(F);
    for (int i = 0; i < pieces; i++) {
      sum = sum.add(FloatVector.fromMemorySegment(F, Mem.ALL, parts + i * step + at, Mem.ORDER));
    }
    sum.intoMemorySegment(Mem.ALL, result + at, Mem.ORDER);
  }
}
