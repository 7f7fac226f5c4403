package dev.lanewise.kernel.pool;

import static dev.lanewise.kernel.pool.MaxPoolGradientRows.GROUP;
import static dev.lanewise.kernel.vector.Lanes.BYTES;
import static dev.lanewise.kernel.vector.Lanes.F;

import dev.lanewise.kernel.template.FirstCalls;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.kernel.vector.Mem;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * The loops of maximum pooling forward, one row of what is written at a time; those backward are in
 * {@link MaxPoolGradientRows}. Vectors are not passed to methods here: a call that the compiler
 * once does not inline would box them.
 */
final class MaxPoolRows {
  private static final IntVector PLACE_0 = IntVector.zero(Lanes.I);
  private static final IntVector PLACE_1 = IntVector.broadcast(Lanes.I, 1);
  private static final IntVector PLACE_2 = IntVector.broadcast(Lanes.I, 2);
  private static final IntVector PLACE_3 = IntVector.broadcast(Lanes.I, 3);
  private static final IntVector PLACE_4 = IntVector.broadcast(Lanes.I, 4);
  private static final IntVector PLACE_5 = IntVector.broadcast(Lanes.I, 5);
  private static final IntVector PLACE_6 = IntVector.broadcast(Lanes.I, 6);
  private static final IntVector PLACE_7 = IntVector.broadcast(Lanes.I, 7);
  private static final IntVector PLACE_8 = IntVector.broadcast(Lanes.I, 8);

  private static final FirstCalls FIRST = new FirstCalls();

  private MaxPoolRows() {}

  /**
   * Some columns of one row of the output. Those before them have been written: the first of these
   * may share a vector of places with the last of those.
   *
   * @param x address of the image
   * @param y address of the whole row that is written
   * @param places address of the whole row of places
   */
  static void forward(
      long x,
      long y,
      long places,
      Pooling.Argmax form,
      int oh,
      int firstColumn,
      int endColumn,
      Pool2dDims d) {
    if (FIRST.over() || !MaxPoolTwins.fit(d)) {
      vectors(x, y, places, form, oh, firstColumn, endColumn, d);
      return;
    }
    long start = System.nanoTime();
    if (FIRST.vectorsNext()) {
      vectors(x, y, places, form, oh, firstColumn, endColumn, d);
      FIRST.vectorsDone(
          System.nanoTime() - start, (long) (endColumn - firstColumn) * d.C() * Lanes.L);
    } else {
      MaxPoolTwins.forward(x, y, places, form, oh, firstColumn, endColumn, d);
      FIRST.scalarsDone(System.nanoTime() - start);
    }
  }

  static void vectors(
      long x,
      long y,
      long places,
      Pooling.Argmax form,
      int oh,
      int firstColumn,
      int endColumn,
      Pool2dDims d) {
    int c = d.C();
    int top = oh * d.strideH() - d.padH();
    int firstR = Pool2dDims.firstInside(top, d.dilationH());
    int endR = Pool2dDims.firstBehind(top, d.kernelH(), d.dilationH(), d.H());
    int kernel = d.kernelH() == d.kernelW() && firstR == 0 && endR == d.kernelH() ? endR : 0;
    long rowStep = (long) d.W() * c * BYTES * d.dilationH();
    long columnStep = (long) c * BYTES * d.dilationW();
    for (int ow = firstColumn; ow < endColumn; ow++) {
      int left = ow * d.strideW() - d.padW();
      int firstS = Pool2dDims.firstInside(left, d.dilationW());
      int endS = Pool2dDims.firstBehind(left, d.kernelW(), d.dilationW(), d.W());
      long window = x + ((long) top * d.W() + left) * c * BYTES;
      int vector = ow * c;
      long target = y + (long) vector * BYTES;
      boolean whole = firstS == 0 && endS == kernel;
      if (whole && kernel == 2 && form.bits() == 8 && c % GROUP == 0) {
        twoInFours(window, rowStep, columnStep, target, places, form, vector, c);
      } else if (whole && kernel == 2) {
        two(window, rowStep, columnStep, target, places, form, vector, c);
      } else if (whole && kernel == 3) {
        three(window, rowStep, columnStep, target, places, form, vector, c);
      } else {
        pixel(
            window,
            rowStep,
            firstR,
            endR,
            columnStep,
            firstS,
            endS,
            d.kernelW(),
            target,
            places,
            form,
            vector,
            c);
      }
    }
  }

  /** The channels of one pixel, with windows of two by two, the most common ones. */
  private static void two(
      long window,
      long rowStep,
      long columnStep,
      long target,
      long places,
      Pooling.Argmax form,
      int vector,
      int channels) {
    // The vector of places is carried from one output vector to the next that shares it.
    IntVector packed =
        IntVector.fromMemorySegment(Lanes.I, Mem.ALL, form.address(places, vector), Mem.ORDER);
    for (int channel = 0; channel < channels; channel++) {
      long from = window + (long) channel * BYTES;
      FloatVector a = FloatVector.fromMemorySegment(F, Mem.ALL, from, Mem.ORDER);
      FloatVector b = FloatVector.fromMemorySegment(F, Mem.ALL, from + columnStep, Mem.ORDER);
      FloatVector c = FloatVector.fromMemorySegment(F, Mem.ALL, from + rowStep, Mem.ORDER);
      FloatVector d =
          FloatVector.fromMemorySegment(F, Mem.ALL, from + rowStep + columnStep, Mem.ORDER);
      // The winners of the two rows, then that of both: the same as one after the other.
      VectorMask<Float> right =
          b.compare(VectorOperators.GT, a).or(b.compare(VectorOperators.NE, b));
      VectorMask<Float> belowRight =
          d.compare(VectorOperators.GT, c).or(d.compare(VectorOperators.NE, d));
      FloatVector above = a.blend(b, right);
      FloatVector below = c.blend(d, belowRight);
      VectorMask<Float> lower =
          below.compare(VectorOperators.GT, above).or(below.compare(VectorOperators.NE, below));
      above
          .blend(below, lower)
          .intoMemorySegment(Mem.ALL, target + (long) channel * BYTES, Mem.ORDER);
      IntVector index =
          PLACE_0
              .blend(PLACE_1, right.cast(Lanes.I))
              .blend(PLACE_2.blend(PLACE_3, belowRight.cast(Lanes.I)), lower.cast(Lanes.I));
      int position = form.position(vector + channel);
      packed =
          packed.and(position == 0 ? 0 : -1).or(index.lanewise(VectorOperators.LSHL, position));
      packed.intoMemorySegment(Mem.ALL, form.address(places, vector + channel), Mem.ORDER);
    }
  }

  /**
   * As {@link #two}, where the places of four channels share a vector that is theirs alone: it is
   * written once. As in {@link #three} a NaN shows in the sum, and nothing is called in the loop.
   * The offset of a vector is an int's, so that its accesses are checked, as in {@link
   * MaxPoolGradientLoop}: without the checks it took nearly twice as long.
   */
  private static void twoInFours(
      long window,
      long rowStep,
      long columnStep,
      long target,
      long places,
      Pooling.Argmax form,
      int vector,
      int channels) {
    long aAt = window & Mem.ADDRESS_BITS;
    long bAt = window + columnStep & Mem.ADDRESS_BITS;
    long cAt = window + rowStep & Mem.ADDRESS_BITS;
    long dAt = window + rowStep + columnStep & Mem.ADDRESS_BITS;
    long to = target & Mem.ADDRESS_BITS;
    long shared = form.address(places, vector) & Mem.ADDRESS_BITS;
    FloatVector sum = FloatVector.zero(F);
    for (int group = 0; group < channels / GROUP; group++) {
      IntVector packed = IntVector.zero(Lanes.I);
      for (int i = 0; i < GROUP; i++) {
        long at = (long) (group * GROUP + i) * BYTES;
        FloatVector a = FloatVector.fromMemorySegment(F, Mem.ALL, aAt + at, Mem.ORDER);
        FloatVector b = FloatVector.fromMemorySegment(F, Mem.ALL, bAt + at, Mem.ORDER);
        FloatVector c = FloatVector.fromMemorySegment(F, Mem.ALL, cAt + at, Mem.ORDER);
        FloatVector d = FloatVector.fromMemorySegment(F, Mem.ALL, dAt + at, Mem.ORDER);
        VectorMask<Float> right = b.compare(VectorOperators.GT, a);
        VectorMask<Float> belowRight = d.compare(VectorOperators.GT, c);
        FloatVector above = a.blend(b, right);
        FloatVector below = c.blend(d, belowRight);
        VectorMask<Float> lower = below.compare(VectorOperators.GT, above);
        above.blend(below, lower).intoMemorySegment(Mem.ALL, to + at, Mem.ORDER);
        sum = sum.add(a.add(b).add(c.add(d)));
        IntVector index =
            PLACE_0
                .blend(PLACE_1, right.cast(Lanes.I))
                .blend(PLACE_2.blend(PLACE_3, belowRight.cast(Lanes.I)), lower.cast(Lanes.I));
        packed = packed.or(index.lanewise(VectorOperators.LSHL, 8 * i));
      }
      packed.intoMemorySegment(Mem.ALL, shared + (long) group * BYTES, Mem.ORDER);
    }
    if (sum.compare(VectorOperators.NE, sum).anyTrue()) {
      pixel(window, rowStep, 0, 2, columnStep, 0, 2, 2, target, places, form, vector, channels);
    }
  }

  /**
   * The channels of one pixel, with windows of three by three. Whether there is a NaN shows in the
   * sum of all elements: where it is one, which infinities of both signs can make it, too, {@link
   * #pixel} does the pixel again. That spares a comparison for each element. Nothing is called in
   * the loop, for the compiler does not inline everything in one of this size.
   */
  private static void three(
      long window,
      long rowStep,
      long columnStep,
      long target,
      long places,
      Pooling.Argmax form,
      int vector,
      int channels) {
    long a1At = window & Mem.ADDRESS_BITS;
    long a2At = window + columnStep & Mem.ADDRESS_BITS;
    long a3At = window + 2 * columnStep & Mem.ADDRESS_BITS;
    long b1At = window + rowStep & Mem.ADDRESS_BITS;
    long b2At = window + rowStep + columnStep & Mem.ADDRESS_BITS;
    long b3At = window + rowStep + 2 * columnStep & Mem.ADDRESS_BITS;
    long c1At = window + 2 * rowStep & Mem.ADDRESS_BITS;
    long c2At = window + 2 * rowStep + columnStep & Mem.ADDRESS_BITS;
    long c3At = window + 2 * rowStep + 2 * columnStep & Mem.ADDRESS_BITS;
    long to = target & Mem.ADDRESS_BITS;
    int shift = form.shift();
    int bits = form.bits();
    int last = (1 << shift) - 1;
    FloatVector sum = FloatVector.zero(F);
    IntVector packed =
        IntVector.fromMemorySegment(Lanes.I, Mem.ALL, form.address(places, vector), Mem.ORDER);
    for (int channel = 0; channel < channels; channel++) {
      long at = (long) channel * BYTES;
      FloatVector a1 = FloatVector.fromMemorySegment(F, Mem.ALL, a1At + at, Mem.ORDER);
      FloatVector a2 = FloatVector.fromMemorySegment(F, Mem.ALL, a2At + at, Mem.ORDER);
      FloatVector a3 = FloatVector.fromMemorySegment(F, Mem.ALL, a3At + at, Mem.ORDER);
      VectorMask<Float> aSecond = a2.compare(VectorOperators.GT, a1);
      FloatVector a = a1.blend(a2, aSecond);
      VectorMask<Float> aThird = a3.compare(VectorOperators.GT, a);
      a = a.blend(a3, aThird);
      IntVector aPlace =
          PLACE_0.blend(PLACE_1, aSecond.cast(Lanes.I)).blend(PLACE_2, aThird.cast(Lanes.I));
      FloatVector b1 = FloatVector.fromMemorySegment(F, Mem.ALL, b1At + at, Mem.ORDER);
      FloatVector b2 = FloatVector.fromMemorySegment(F, Mem.ALL, b2At + at, Mem.ORDER);
      FloatVector b3 = FloatVector.fromMemorySegment(F, Mem.ALL, b3At + at, Mem.ORDER);
      VectorMask<Float> bSecond = b2.compare(VectorOperators.GT, b1);
      FloatVector b = b1.blend(b2, bSecond);
      VectorMask<Float> bThird = b3.compare(VectorOperators.GT, b);
      b = b.blend(b3, bThird);
      IntVector bPlace =
          PLACE_3.blend(PLACE_4, bSecond.cast(Lanes.I)).blend(PLACE_5, bThird.cast(Lanes.I));
      FloatVector c1 = FloatVector.fromMemorySegment(F, Mem.ALL, c1At + at, Mem.ORDER);
      FloatVector c2 = FloatVector.fromMemorySegment(F, Mem.ALL, c2At + at, Mem.ORDER);
      FloatVector c3 = FloatVector.fromMemorySegment(F, Mem.ALL, c3At + at, Mem.ORDER);
      VectorMask<Float> cSecond = c2.compare(VectorOperators.GT, c1);
      FloatVector c = c1.blend(c2, cSecond);
      VectorMask<Float> cThird = c3.compare(VectorOperators.GT, c);
      c = c.blend(c3, cThird);
      IntVector cPlace =
          PLACE_6.blend(PLACE_7, cSecond.cast(Lanes.I)).blend(PLACE_8, cThird.cast(Lanes.I));
      VectorMask<Float> middle = b.compare(VectorOperators.GT, a);
      FloatVector best = a.blend(b, middle);
      VectorMask<Float> lower = c.compare(VectorOperators.GT, best);
      best.blend(c, lower).intoMemorySegment(Mem.ALL, to + at, Mem.ORDER);
      IntVector index =
          aPlace.blend(bPlace, middle.cast(Lanes.I)).blend(cPlace, lower.cast(Lanes.I));
      sum = sum.add(a1.add(a2).add(a3.add(b1)).add(b2.add(b3).add(c1.add(c2))).add(c3));
      int position = (vector + channel & last) * bits;
      long shared = places + (long) (vector + channel >> shift) * BYTES & Mem.ADDRESS_BITS;
      packed =
          packed.and(position == 0 ? 0 : -1).or(index.lanewise(VectorOperators.LSHL, position));
      packed.intoMemorySegment(Mem.ALL, shared, Mem.ORDER);
    }
    if (sum.compare(VectorOperators.NE, sum).anyTrue()) {
      // Of the first vector of places only those of pixels before remain.
      long shared = form.address(places, vector);
      IntVector.fromMemorySegment(Lanes.I, Mem.ALL, shared, Mem.ORDER)
          .and((1 << form.position(vector)) - 1)
          .intoMemorySegment(Mem.ALL, shared, Mem.ORDER);
      pixel(window, rowStep, 0, 3, columnStep, 0, 3, 3, target, places, form, vector, channels);
    }
  }

  /** The channels of one pixel, with windows of any size. */
  private static void pixel(
      long window,
      long rowStep,
      int firstR,
      int endR,
      long columnStep,
      int firstS,
      int endS,
      int kernelW,
      long target,
      long places,
      Pooling.Argmax form,
      int vector,
      int channels) {
    IntVector packed =
        IntVector.fromMemorySegment(Lanes.I, Mem.ALL, form.address(places, vector), Mem.ORDER);
    for (int channel = 0; channel < channels; channel++) {
      long from = window + (long) channel * BYTES;
      // A window whose elements all lie in the padding, left and right of a narrow image, has none.
      FloatVector best = FloatVector.broadcast(F, Float.NEGATIVE_INFINITY);
      IntVector index = IntVector.broadcast(Lanes.I, firstR * kernelW + firstS);
      for (int r = firstR; r < endR; r++) {
        for (int s = firstS; s < endS; s++) {
          FloatVector value =
              FloatVector.fromMemorySegment(
                  F, Mem.ALL, from + r * rowStep + s * columnStep, Mem.ORDER);
          VectorMask<Float> larger =
              value.compare(VectorOperators.GT, best).or(value.compare(VectorOperators.NE, value));
          best = best.blend(value, larger);
          index = index.blend(r * kernelW + s, larger.cast(Lanes.I));
        }
      }
      best.intoMemorySegment(Mem.ALL, target + (long) channel * BYTES, Mem.ORDER);
      int position = form.position(vector + channel);
      packed =
          packed.and(position == 0 ? 0 : -1).or(index.lanewise(VectorOperators.LSHL, position));
      packed.intoMemorySegment(Mem.ALL, form.address(places, vector + channel), Mem.ORDER);
    }
  }

  /** One row of the output: what stands at the places. */
  static void gather(long g, long places, Pooling.Argmax form, long y, int oh, Pool2dDims d) {
    int c = d.C();
    int top = oh * d.strideH() - d.padH();
    int firstR = Pool2dDims.firstInside(top, d.dilationH());
    int endR = Pool2dDims.firstBehind(top, d.kernelH(), d.dilationH(), d.H());
    long rowStep = (long) d.W() * c * BYTES * d.dilationH();
    long columnStep = (long) c * BYTES * d.dilationW();
    for (int ow = 0; ow < d.OW(); ow++) {
      int left = ow * d.strideW() - d.padW();
      int firstS = Pool2dDims.firstInside(left, d.dilationW());
      int endS = Pool2dDims.firstBehind(left, d.kernelW(), d.dilationW(), d.W());
      long window = g + ((long) top * d.W() + left) * c * BYTES;
      for (int channel = 0; channel < c; channel++) {
        int vector = ow * c + channel;
        IntVector index =
            IntVector.fromMemorySegment(Lanes.I, Mem.ALL, form.address(places, vector), Mem.ORDER)
                .lanewise(VectorOperators.LSHR, form.position(vector))
                .and(form.mask());
        FloatVector found = FloatVector.zero(F);
        for (int r = firstR; r < endR; r++) {
          for (int s = firstS; s < endS; s++) {
            VectorMask<Float> here = index.compare(VectorOperators.EQ, r * d.kernelW() + s).cast(F);
            long from = window + (long) channel * BYTES + r * rowStep + s * columnStep;
            found = found.blend(FloatVector.fromMemorySegment(F, Mem.ALL, from, Mem.ORDER), here);
          }
        }
        found.intoMemorySegment(Mem.ALL, y + (long) vector * BYTES, Mem.ORDER);
      }
    }
  }
}
