package dev.lanewise.kernel;

import static dev.lanewise.kernel.Lanes.F;
import static dev.lanewise.kernel.Mem.ALL;
import static dev.lanewise.kernel.Mem.ORDER;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * The small matrices of Winograd convolution with 3 taps, applied to vectors: Lavin and Gray, "Fast
 * Algorithms for Convolutional Neural Networks" (2015), for 2 outputs (points 0, 1, -1, infinity)
 * and for 4 (0, 1, -1, 2, -2, infinity).
 *
 * <p>In one dimension, y = Aᵀ((G g) ⊙ (Bᵀ d)); in two dimensions each matrix is applied along the
 * columns, then along the rows. All of them work on many items at once: vector i of item n stands
 * at {@code from + i * fromStride + n * fromStep}. Strides are bytes. Lanes never meet, so lanes
 * may be images or channels.
 *
 * <p>The vectors of an item stay in registers; nothing is passed to another method, where a vector
 * could be boxed.
 */
final class WinogradTransform {
  private WinogradTransform() {}

  /** Outputs of a tile that are computed at once, in each direction. */
  enum Size {
    /** F(2x2, 3x3): 16 products for 4 outputs, 2.25 times fewer than direct. */
    TWO(2),
    /** F(4x4, 3x3): 36 products for 16 outputs, 4 times fewer than direct. */
    FOUR(4);

    private static final long CACHE_LINE = 64;

    /** Outputs in a row of a tile. */
    final int outputs;

    /** Inputs in a row of a tile, and points at which polynomials are multiplied. */
    final int points;

    /** Points of a tile. */
    final int area;

    Size(int outputs) {
      this.outputs = outputs;
      points = outputs + 2;
      area = points * points;
    }

    /**
     * The point whose product is added to every output with factor one: (1, 1). A bias that is
     * added there is added to the whole tile.
     */
    int biasPoint() {
      return points + 1;
    }

    /**
     * Bytes from the matrix of one point to that of the next: some odd number of cache lines more
     * than it has, since transforms write to all points at a time, and with sizes that are powers
     * of two these would share one set of the cache.
     */
    static long stride(long matrixBytes) {
      return matrixBytes + 13 * CACHE_LINE;
    }

    /** Bᵀ: inputs to points. */
    void input(
        long from, long fromStride, long fromStep, long to, long toStride, long toStep, int n) {
      if (this == FOUR) {
        input4(from, fromStride, fromStep, to, toStride, toStep, n);
      } else {
        input2(from, fromStride, fromStep, to, toStride, toStep, n);
      }
    }

    /** Aᵀ: points to outputs. */
    void output(
        long from, long fromStride, long fromStep, long to, long toStride, long toStep, int n) {
      if (this == FOUR) {
        output4(from, fromStride, fromStep, to, toStride, toStep, n);
      } else {
        output2(from, fromStride, fromStep, to, toStride, toStep, n);
      }
    }

    /** G: taps to points. Only the first {@code lanes} lanes are written. */
    void weight(
        long from,
        long fromStride,
        long fromStep,
        long to,
        long toStride,
        long toStep,
        int n,
        int lanes) {
      if (this == FOUR) {
        weight4(from, fromStride, fromStep, to, toStride, toStep, n, lanes);
      } else {
        weight2(from, fromStride, fromStep, to, toStride, toStep, n, lanes);
      }
    }

    /** A: gradients of outputs to points. */
    void outputGradient(
        long from, long fromStride, long fromStep, long to, long toStride, long toStep, int n) {
      if (this == FOUR) {
        outputGradient4(from, fromStride, fromStep, to, toStride, toStep, n);
      } else {
        outputGradient2(from, fromStride, fromStep, to, toStride, toStep, n);
      }
    }

    /** Gᵀ: points to gradients of taps. */
    void weightGradient(
        long from, long fromStride, long fromStep, long to, long toStride, long toStep, int n) {
      if (this == FOUR) {
        weightGradient4(from, fromStride, fromStep, to, toStride, toStep, n);
      } else {
        weightGradient2(from, fromStride, fromStep, to, toStride, toStep, n);
      }
    }
  }

  private static void input4(
      long from, long fromStride, long fromStep, long to, long toStride, long toStep, int n) {
    for (int i = 0; i < n; i++) {
      long a = from + i * fromStep;
      FloatVector d0 = FloatVector.fromMemorySegment(F, ALL, a, ORDER);
      FloatVector d1 = FloatVector.fromMemorySegment(F, ALL, a + fromStride, ORDER);
      FloatVector d2 = FloatVector.fromMemorySegment(F, ALL, a + 2 * fromStride, ORDER);
      FloatVector d3 = FloatVector.fromMemorySegment(F, ALL, a + 3 * fromStride, ORDER);
      FloatVector d4 = FloatVector.fromMemorySegment(F, ALL, a + 4 * fromStride, ORDER);
      FloatVector d5 = FloatVector.fromMemorySegment(F, ALL, a + 5 * fromStride, ORDER);
      FloatVector four = FloatVector.broadcast(F, 4);
      FloatVector minusFour = FloatVector.broadcast(F, -4);
      FloatVector minusFive = FloatVector.broadcast(F, -5);
      FloatVector two = FloatVector.broadcast(F, 2);
      FloatVector even1 = d2.fma(minusFour, d4); // at 1 and -1: even and odd part
      FloatVector odd1 = d1.fma(minusFour, d3);
      FloatVector even2 = d4.sub(d2); // at 2 and -2
      FloatVector odd2 = d3.sub(d1).mul(two);
      long b = to + i * toStep;
      d0.fma(four, d2.fma(minusFive, d4)).intoMemorySegment(ALL, b, ORDER);
      even1.add(odd1).intoMemorySegment(ALL, b + toStride, ORDER);
      even1.sub(odd1).intoMemorySegment(ALL, b + 2 * toStride, ORDER);
      even2.add(odd2).intoMemorySegment(ALL, b + 3 * toStride, ORDER);
      even2.sub(odd2).intoMemorySegment(ALL, b + 4 * toStride, ORDER);
      d1.fma(four, d3.fma(minusFive, d5)).intoMemorySegment(ALL, b + 5 * toStride, ORDER);
    }
  }

  private static void input2(
      long from, long fromStride, long fromStep, long to, long toStride, long toStep, int n) {
    for (int i = 0; i < n; i++) {
      long a = from + i * fromStep;
      FloatVector d0 = FloatVector.fromMemorySegment(F, ALL, a, ORDER);
      FloatVector d1 = FloatVector.fromMemorySegment(F, ALL, a + fromStride, ORDER);
      FloatVector d2 = FloatVector.fromMemorySegment(F, ALL, a + 2 * fromStride, ORDER);
      FloatVector d3 = FloatVector.fromMemorySegment(F, ALL, a + 3 * fromStride, ORDER);
      long b = to + i * toStep;
      d0.sub(d2).intoMemorySegment(ALL, b, ORDER);
      d1.add(d2).intoMemorySegment(ALL, b + toStride, ORDER);
      d2.sub(d1).intoMemorySegment(ALL, b + 2 * toStride, ORDER);
      d1.sub(d3).intoMemorySegment(ALL, b + 3 * toStride, ORDER);
    }
  }

  private static void output4(
      long from, long fromStride, long fromStep, long to, long toStride, long toStep, int n) {
    for (int i = 0; i < n; i++) {
      long a = from + i * fromStep;
      FloatVector m0 = FloatVector.fromMemorySegment(F, ALL, a, ORDER);
      FloatVector m1 = FloatVector.fromMemorySegment(F, ALL, a + fromStride, ORDER);
      FloatVector m2 = FloatVector.fromMemorySegment(F, ALL, a + 2 * fromStride, ORDER);
      FloatVector m3 = FloatVector.fromMemorySegment(F, ALL, a + 3 * fromStride, ORDER);
      FloatVector m4 = FloatVector.fromMemorySegment(F, ALL, a + 4 * fromStride, ORDER);
      FloatVector m5 = FloatVector.fromMemorySegment(F, ALL, a + 5 * fromStride, ORDER);
      FloatVector two = FloatVector.broadcast(F, 2);
      FloatVector four = FloatVector.broadcast(F, 4);
      FloatVector eight = FloatVector.broadcast(F, 8);
      FloatVector sum1 = m1.add(m2);
      FloatVector difference1 = m1.sub(m2);
      FloatVector sum2 = m3.add(m4);
      FloatVector difference2 = m3.sub(m4);
      long b = to + i * toStep;
      m0.add(sum1).add(sum2).intoMemorySegment(ALL, b, ORDER);
      difference2.fma(two, difference1).intoMemorySegment(ALL, b + toStride, ORDER);
      sum2.fma(four, sum1).intoMemorySegment(ALL, b + 2 * toStride, ORDER);
      difference2.fma(eight, difference1).add(m5).intoMemorySegment(ALL, b + 3 * toStride, ORDER);
    }
  }

  private static void output2(
      long from, long fromStride, long fromStep, long to, long toStride, long toStep, int n) {
    for (int i = 0; i < n; i++) {
      long a = from + i * fromStep;
      FloatVector m0 = FloatVector.fromMemorySegment(F, ALL, a, ORDER);
      FloatVector m1 = FloatVector.fromMemorySegment(F, ALL, a + fromStride, ORDER);
      FloatVector m2 = FloatVector.fromMemorySegment(F, ALL, a + 2 * fromStride, ORDER);
      FloatVector m3 = FloatVector.fromMemorySegment(F, ALL, a + 3 * fromStride, ORDER);
      long b = to + i * toStep;
      m0.add(m1).add(m2).intoMemorySegment(ALL, b, ORDER);
      m1.sub(m2).sub(m3).intoMemorySegment(ALL, b + toStride, ORDER);
    }
  }

  private static void weight4(
      long from,
      long fromStride,
      long fromStep,
      long to,
      long toStride,
      long toStep,
      int n,
      int lanes) {
    VectorMask<Float> mask = F.indexInRange(0, lanes);
    for (int i = 0; i < n; i++) {
      long a = from + i * fromStep;
      FloatVector g0 = FloatVector.fromMemorySegment(F, ALL, a, ORDER);
      FloatVector g1 = FloatVector.fromMemorySegment(F, ALL, a + fromStride, ORDER);
      FloatVector g2 = FloatVector.fromMemorySegment(F, ALL, a + 2 * fromStride, ORDER);
      FloatVector sixth = FloatVector.broadcast(F, 1 / 6f);
      FloatVector even1 = g0.add(g2).mul(sixth); // at 1 and -1: even and odd part, over -6
      FloatVector odd1 = g1.mul(sixth);
      FloatVector even2 = g0.fma(FloatVector.broadcast(F, 0.25f), g2).mul(sixth); // at 2 and -2
      FloatVector odd2 = odd1.mul(FloatVector.broadcast(F, 0.5f));
      long b = to + i * toStep;
      g0.mul(FloatVector.broadcast(F, 0.25f)).intoMemorySegment(ALL, b, ORDER, mask);
      even1.add(odd1).neg().intoMemorySegment(ALL, b + toStride, ORDER, mask);
      odd1.sub(even1).intoMemorySegment(ALL, b + 2 * toStride, ORDER, mask);
      even2.add(odd2).intoMemorySegment(ALL, b + 3 * toStride, ORDER, mask);
      even2.sub(odd2).intoMemorySegment(ALL, b + 4 * toStride, ORDER, mask);
      g2.intoMemorySegment(ALL, b + 5 * toStride, ORDER, mask);
    }
  }

  private static void weight2(
      long from,
      long fromStride,
      long fromStep,
      long to,
      long toStride,
      long toStep,
      int n,
      int lanes) {
    VectorMask<Float> mask = F.indexInRange(0, lanes);
    for (int i = 0; i < n; i++) {
      long a = from + i * fromStep;
      FloatVector g0 = FloatVector.fromMemorySegment(F, ALL, a, ORDER);
      FloatVector g1 = FloatVector.fromMemorySegment(F, ALL, a + fromStride, ORDER);
      FloatVector g2 = FloatVector.fromMemorySegment(F, ALL, a + 2 * fromStride, ORDER);
      FloatVector half = FloatVector.broadcast(F, 0.5f);
      FloatVector even = g0.add(g2).mul(half);
      long b = to + i * toStep;
      g0.intoMemorySegment(ALL, b, ORDER, mask);
      g1.fma(half, even).intoMemorySegment(ALL, b + toStride, ORDER, mask);
      even.sub(g1.mul(half)).intoMemorySegment(ALL, b + 2 * toStride, ORDER, mask);
      g2.intoMemorySegment(ALL, b + 3 * toStride, ORDER, mask);
    }
  }

  private static void outputGradient4(
      long from, long fromStride, long fromStep, long to, long toStride, long toStep, int n) {
    for (int i = 0; i < n; i++) {
      long a = from + i * fromStep;
      FloatVector y0 = FloatVector.fromMemorySegment(F, ALL, a, ORDER);
      FloatVector y1 = FloatVector.fromMemorySegment(F, ALL, a + fromStride, ORDER);
      FloatVector y2 = FloatVector.fromMemorySegment(F, ALL, a + 2 * fromStride, ORDER);
      FloatVector y3 = FloatVector.fromMemorySegment(F, ALL, a + 3 * fromStride, ORDER);
      FloatVector four = FloatVector.broadcast(F, 4);
      FloatVector even1 = y0.add(y2);
      FloatVector odd1 = y1.add(y3);
      FloatVector even2 = y2.fma(four, y0);
      FloatVector odd2 = y3.fma(four, y1).mul(FloatVector.broadcast(F, 2));
      long b = to + i * toStep;
      y0.intoMemorySegment(ALL, b, ORDER);
      even1.add(odd1).intoMemorySegment(ALL, b + toStride, ORDER);
      even1.sub(odd1).intoMemorySegment(ALL, b + 2 * toStride, ORDER);
      even2.add(odd2).intoMemorySegment(ALL, b + 3 * toStride, ORDER);
      even2.sub(odd2).intoMemorySegment(ALL, b + 4 * toStride, ORDER);
      y3.intoMemorySegment(ALL, b + 5 * toStride, ORDER);
    }
  }

  private static void outputGradient2(
      long from, long fromStride, long fromStep, long to, long toStride, long toStep, int n) {
    for (int i = 0; i < n; i++) {
      long a = from + i * fromStep;
      FloatVector y0 = FloatVector.fromMemorySegment(F, ALL, a, ORDER);
      FloatVector y1 = FloatVector.fromMemorySegment(F, ALL, a + fromStride, ORDER);
      long b = to + i * toStep;
      y0.intoMemorySegment(ALL, b, ORDER);
      y0.add(y1).intoMemorySegment(ALL, b + toStride, ORDER);
      y0.sub(y1).intoMemorySegment(ALL, b + 2 * toStride, ORDER);
      y1.neg().intoMemorySegment(ALL, b + 3 * toStride, ORDER);
    }
  }

  private static void weightGradient4(
      long from, long fromStride, long fromStep, long to, long toStride, long toStep, int n) {
    for (int i = 0; i < n; i++) {
      long a = from + i * fromStep;
      FloatVector t0 = FloatVector.fromMemorySegment(F, ALL, a, ORDER);
      FloatVector t1 = FloatVector.fromMemorySegment(F, ALL, a + fromStride, ORDER);
      FloatVector t2 = FloatVector.fromMemorySegment(F, ALL, a + 2 * fromStride, ORDER);
      FloatVector t3 = FloatVector.fromMemorySegment(F, ALL, a + 3 * fromStride, ORDER);
      FloatVector t4 = FloatVector.fromMemorySegment(F, ALL, a + 4 * fromStride, ORDER);
      FloatVector t5 = FloatVector.fromMemorySegment(F, ALL, a + 5 * fromStride, ORDER);
      FloatVector sixth = FloatVector.broadcast(F, 1 / 6f);
      FloatVector quarter = FloatVector.broadcast(F, 0.25f);
      FloatVector sum1 = t1.add(t2);
      FloatVector sum2 = t3.add(t4);
      FloatVector odd = t3.sub(t4).mul(FloatVector.broadcast(F, 0.5f)).add(t2.sub(t1));
      long b = to + i * toStep;
      sum2.mul(quarter).sub(sum1).fma(sixth, t0.mul(quarter)).intoMemorySegment(ALL, b, ORDER);
      odd.mul(sixth).intoMemorySegment(ALL, b + toStride, ORDER);
      sum2.sub(sum1).fma(sixth, t5).intoMemorySegment(ALL, b + 2 * toStride, ORDER);
    }
  }

  private static void weightGradient2(
      long from, long fromStride, long fromStep, long to, long toStride, long toStep, int n) {
    for (int i = 0; i < n; i++) {
      long a = from + i * fromStep;
      FloatVector t0 = FloatVector.fromMemorySegment(F, ALL, a, ORDER);
      FloatVector t1 = FloatVector.fromMemorySegment(F, ALL, a + fromStride, ORDER);
      FloatVector t2 = FloatVector.fromMemorySegment(F, ALL, a + 2 * fromStride, ORDER);
      FloatVector t3 = FloatVector.fromMemorySegment(F, ALL, a + 3 * fromStride, ORDER);
      FloatVector half = FloatVector.broadcast(F, 0.5f);
      FloatVector sum = t1.add(t2);
      long b = to + i * toStep;
      sum.fma(half, t0).intoMemorySegment(ALL, b, ORDER);
      t1.sub(t2).mul(half).intoMemorySegment(ALL, b + toStride, ORDER);
      sum.fma(half, t3).intoMemorySegment(ALL, b + 2 * toStride, ORDER);
    }
  }
}
