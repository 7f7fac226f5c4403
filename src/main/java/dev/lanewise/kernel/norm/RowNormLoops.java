package dev.lanewise.kernel.norm;

import static dev.lanewise.kernel.vector.Lanes.BYTES;
import static dev.lanewise.kernel.vector.Lanes.F;
import static dev.lanewise.kernel.vector.Lanes.L;

import dev.lanewise.kernel.vector.Mem;
import jdk.incubator.vector.FloatVector;

/**
 * The loops over one row of {@link RowNormKernel}. Rows are short, often eight vectors, so bounds
 * checks ({@link Mem#ADDRESS_BITS}) would cost a third of the time and more.
 *
 * <p>Offsets into weight and bias are masked: without them the mask is 0 and every vector is the
 * same one, so that no loop has a second form. Sums of lanes are taken of vectors in memory, see
 * {@link SoftmaxRows#lanes}: handed on as vectors, they were boxed in some processes.
 */
final class RowNormLoops {
  private RowNormLoops() {}

  /** The sum of (x - shift)²; a vector of scratch memory is overwritten. */
  static float squares(long xAt, float shift, int n, long scratch) {
    long x = xAt & Mem.ADDRESS_BITS;
    int whole = F.loopBound(n);
    FloatVector shifts = FloatVector.broadcast(F, shift);
    FloatVector sum = FloatVector.zero(F);
    for (int i = 0; i < whole; i += L) {
      FloatVector d =
          FloatVector.fromMemorySegment(F, Mem.ALL, x + (long) i * 4, Mem.ORDER).sub(shifts);
      sum = d.fma(d, sum);
    }
    sum.intoMemorySegment(Mem.ALL, scratch, Mem.ORDER);
    float result = SoftmaxRows.lanes(scratch);
    for (int i = whole; i < n; i++) {
      float d = Mem.get(x + (long) i * 4) - shift;
      result = Math.fma(d, d, result);
    }
    return result;
  }

  /** y = (x - mean) inverse weight + bias. */
  static void scaled(
      long xAt,
      float mean,
      float inverse,
      long weight,
      long weightMask,
      long bias,
      long biasMask,
      long yAt,
      int n) {
    long x = xAt & Mem.ADDRESS_BITS;
    long y = yAt & Mem.ADDRESS_BITS;
    int whole = F.loopBound(n);
    FloatVector means = FloatVector.broadcast(F, mean);
    FloatVector inverses = FloatVector.broadcast(F, inverse);
    for (int i = 0; i < whole; i += L) {
      long at = (long) i * 4;
      long w = weight + (at & weightMask) & Mem.ADDRESS_BITS;
      long b = bias + (at & biasMask) & Mem.ADDRESS_BITS;
      FloatVector.fromMemorySegment(F, Mem.ALL, x + at, Mem.ORDER)
          .sub(means)
          .mul(inverses)
          .fma(
              FloatVector.fromMemorySegment(F, Mem.ALL, w, Mem.ORDER),
              FloatVector.fromMemorySegment(F, Mem.ALL, b, Mem.ORDER))
          .intoMemorySegment(Mem.ALL, y + at, Mem.ORDER);
    }
    for (int i = whole; i < n; i++) {
      long at = (long) i * 4;
      float normal = (Mem.get(x + at) - mean) * inverse;
      float w = Mem.get(weight + (at & weightMask));
      Mem.set(y + at, Math.fma(normal, w, Mem.get(bias + (at & biasMask))));
    }
  }

  /**
   * Writes two floats, the sum of g = dy weight and that of g (x - mean), into room for vectors.
   */
  static void slopes(
      long dyAt, long xAt, float mean, long weight, long weightMask, long result, int n) {
    long dy = dyAt & Mem.ADDRESS_BITS;
    long x = xAt & Mem.ADDRESS_BITS;
    int whole = F.loopBound(n);
    FloatVector means = FloatVector.broadcast(F, mean);
    FloatVector sums = FloatVector.zero(F);
    FloatVector products = FloatVector.zero(F);
    for (int i = 0; i < whole; i += L) {
      long at = (long) i * 4;
      long w = weight + (at & weightMask) & Mem.ADDRESS_BITS;
      FloatVector g =
          FloatVector.fromMemorySegment(F, Mem.ALL, dy + at, Mem.ORDER)
              .mul(FloatVector.fromMemorySegment(F, Mem.ALL, w, Mem.ORDER));
      sums = sums.add(g);
      products =
          FloatVector.fromMemorySegment(F, Mem.ALL, x + at, Mem.ORDER).sub(means).fma(g, products);
    }
    sums.intoMemorySegment(Mem.ALL, result, Mem.ORDER);
    products.intoMemorySegment(Mem.ALL, result + BYTES, Mem.ORDER);
    float sum = SoftmaxRows.lanes(result);
    float product = SoftmaxRows.lanes(result + BYTES);
    for (int i = whole; i < n; i++) {
      long at = (long) i * 4;
      float g = Mem.get(dy + at) * Mem.get(weight + (at & weightMask));
      sum += g;
      product = Math.fma(Mem.get(x + at) - mean, g, product);
    }
    Mem.set(result, sum);
    Mem.set(result + 4, product);
  }

  /** dx = (dy weight - shift + (x - mean) slope) inverse. */
  static void projected(
      long dyAt,
      long xAt,
      float mean,
      float inverse,
      float shift,
      float slope,
      long weight,
      long weightMask,
      long dxAt,
      int n) {
    long dy = dyAt & Mem.ADDRESS_BITS;
    long x = xAt & Mem.ADDRESS_BITS;
    long dx = dxAt & Mem.ADDRESS_BITS;
    int whole = F.loopBound(n);
    FloatVector means = FloatVector.broadcast(F, mean);
    FloatVector inverses = FloatVector.broadcast(F, inverse);
    FloatVector shifts = FloatVector.broadcast(F, shift);
    FloatVector slopes = FloatVector.broadcast(F, slope);
    for (int i = 0; i < whole; i += L) {
      long at = (long) i * 4;
      long w = weight + (at & weightMask) & Mem.ADDRESS_BITS;
      FloatVector g =
          FloatVector.fromMemorySegment(F, Mem.ALL, dy + at, Mem.ORDER)
              .mul(FloatVector.fromMemorySegment(F, Mem.ALL, w, Mem.ORDER));
      FloatVector.fromMemorySegment(F, Mem.ALL, x + at, Mem.ORDER)
          .sub(means)
          .fma(slopes, g.sub(shifts))
          .mul(inverses)
          .intoMemorySegment(Mem.ALL, dx + at, Mem.ORDER);
    }
    for (int i = whole; i < n; i++) {
      long at = (long) i * 4;
      float g = Mem.get(dy + at) * Mem.get(weight + (at & weightMask));
      Mem.set(dx + at, Math.fma(Mem.get(x + at) - mean, slope, g - shift) * inverse);
    }
  }

  /** Adds dy (x - mean) inverse to dweight, and dy to dbias. */
  static void added(
      long dyAt, long xAt, float mean, float inverse, long dweightAt, long dbiasAt, int n) {
    long dy = dyAt & Mem.ADDRESS_BITS;
    long x = xAt & Mem.ADDRESS_BITS;
    long dweight = dweightAt & Mem.ADDRESS_BITS;
    long dbias = dbiasAt & Mem.ADDRESS_BITS;
    int whole = F.loopBound(n);
    FloatVector means = FloatVector.broadcast(F, mean);
    FloatVector inverses = FloatVector.broadcast(F, inverse);
    for (int i = 0; i < whole; i += L) {
      long at = (long) i * 4;
      FloatVector g = FloatVector.fromMemorySegment(F, Mem.ALL, dy + at, Mem.ORDER);
      FloatVector.fromMemorySegment(F, Mem.ALL, x + at, Mem.ORDER)
          .sub(means)
          .mul(inverses)
          .fma(g, FloatVector.fromMemorySegment(F, Mem.ALL, dweight + at, Mem.ORDER))
          .intoMemorySegment(Mem.ALL, dweight + at, Mem.ORDER);
      g.add(FloatVector.fromMemorySegment(F, Mem.ALL, dbias + at, Mem.ORDER))
          .intoMemorySegment(Mem.ALL, dbias + at, Mem.ORDER);
    }
    for (int i = whole; i < n; i++) {
      long at = (long) i * 4;
      float g = Mem.get(dy + at);
      float normal = (Mem.get(x + at) - mean) * inverse;
      Mem.set(dweight + at, Math.fma(normal, g, Mem.get(dweight + at)));
      Mem.set(dbias + at, Mem.get(dbias + at) + g);
    }
  }
}
