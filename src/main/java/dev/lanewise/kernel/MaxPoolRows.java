package dev.lanewise.kernel;

import static dev.lanewise.kernel.Lanes.BYTES;
import static dev.lanewise.kernel.Lanes.F;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * The loops of maximum pooling, one row of what is written at a time. Vectors are not passed to
 * methods here: a call that the compiler once does not inline would box them.
 */
final class MaxPoolRows {
  private static final FloatVector ZERO = FloatVector.zero(F);
  private static final IntVector PLACE_0 = IntVector.zero(Lanes.I);
  private static final IntVector PLACE_1 = IntVector.broadcast(Lanes.I, 1);
  private static final IntVector PLACE_2 = IntVector.broadcast(Lanes.I, 2);
  private static final IntVector PLACE_3 = IntVector.broadcast(Lanes.I, 3);

  private MaxPoolRows() {}

  /** One row of the output. Addresses: the image read, the row written, the row of places. */
  static void forward(long x, long y, long places, Pooling.Argmax form, int oh, Pool2dDims d) {
    int c = d.C();
    int top = oh * d.strideH() - d.padH();
    int firstR = Pool2dDims.firstInside(top, d.dilationH());
    int endR = Pool2dDims.firstBehind(top, d.kernelH(), d.dilationH(), d.H());
    boolean square = d.kernelH() == 2 && d.kernelW() == 2 && firstR == 0 && endR == 2;
    long rowStep = (long) d.W() * c * BYTES * d.dilationH();
    long columnStep = (long) c * BYTES * d.dilationW();
    for (int ow = 0; ow < d.OW(); ow++) {
      int left = ow * d.strideW() - d.padW();
      int firstS = Pool2dDims.firstInside(left, d.dilationW());
      int endS = Pool2dDims.firstBehind(left, d.kernelW(), d.dilationW(), d.W());
      long window = x + ((long) top * d.W() + left) * c * BYTES;
      int vector = ow * c;
      long target = y + (long) vector * BYTES;
      if (square && firstS == 0 && endS == 2) {
        two(window, rowStep, columnStep, target, places, form, vector, c);
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
      FloatVector best =
          FloatVector.fromMemorySegment(
              F, Mem.ALL, from + firstR * rowStep + firstS * columnStep, Mem.ORDER);
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

  /**
   * One row of the input's gradient: every element gathers from the windows that hold it.
   *
   * @param dy the gradient of the output's image
   * @param places of the image
   * @param dx the row written
   * @param ih its number
   * @param windowRows room for what {@link #windows} writes
   * @param windowColumns from {@link #columns}
   */
  static void backward(
      long dy,
      long places,
      Pooling.Argmax form,
      long dx,
      int ih,
      Pool2dDims d,
      int[] windowRows,
      int[] windowColumns) {
    int c = d.C();
    windows(ih, d.padH(), d.kernelH(), d.dilationH(), d.strideH(), d.OH(), windowRows, 0);
    int rows = windowRows[0];
    if (rows == 0) {
      VectorMemory.zeroVectors(dx, d.W() * c);
      return;
    }
    for (int iw = 0; iw < d.W(); iw++) {
      long target = dx + (long) iw * c * BYTES;
      int entry = iw * (2 * d.kernelW() + 1);
      int columns = windowColumns[entry];
      if (columns == 0) {
        VectorMemory.zeroVectors(target, c);
      } else if (rows == 1 && columns == 1) {
        int oh = windowRows[1];
        int vector = windowColumns[entry + 1] * c;
        int place = windowRows[2] * d.kernelW() + windowColumns[entry + 2];
        single(
            dy + ((long) oh * d.OW() * c + vector) * BYTES,
            places + oh * form.rowBytes(),
            form,
            vector,
            place,
            target,
            c);
      } else if (rows * columns == 2) {
        // Two windows of one row, or of one column.
        int row = rows == 2 ? 3 : 1;
        int column = columns == 2 ? 3 : 1;
        two(
            dy,
            places,
            form,
            d,
            windowRows[1],
            windowColumns[entry + 1],
            windowRows[2] * d.kernelW() + windowColumns[entry + 2],
            windowRows[row],
            windowColumns[entry + column],
            windowRows[row + 1] * d.kernelW() + windowColumns[entry + column + 1],
            target);
      } else if (rows == 2 && columns == 2) {
        four(dy, places, form, d, windowRows, windowColumns, entry, target);
      } else {
        several(dy, places, form, target, d, windowRows, windowColumns, entry);
      }
    }
  }

  /** The channels of a pixel that two windows hold, at output pixels a and b. */
  private static void two(
      long dy,
      long places,
      Pooling.Argmax form,
      Pool2dDims d,
      int rowA,
      int columnA,
      int placeA,
      int rowB,
      int columnB,
      int placeB,
      long dx) {
    int c = d.C();
    int vectorA = columnA * c;
    int vectorB = columnB * c;
    long dyA = dy + ((long) rowA * d.OW() * c + vectorA) * BYTES;
    long dyB = dy + ((long) rowB * d.OW() * c + vectorB) * BYTES;
    long placesA = places + rowA * form.rowBytes();
    long placesB = places + rowB * form.rowBytes();
    for (int channel = 0; channel < c; channel++) {
      long at = (long) channel * BYTES;
      VectorMask<Float> a =
          IntVector.fromMemorySegment(
                  Lanes.I, Mem.ALL, form.address(placesA, vectorA + channel), Mem.ORDER)
              .lanewise(VectorOperators.LSHR, form.position(vectorA + channel))
              .and(form.mask())
              .compare(VectorOperators.EQ, placeA)
              .cast(F);
      VectorMask<Float> b =
          IntVector.fromMemorySegment(
                  Lanes.I, Mem.ALL, form.address(placesB, vectorB + channel), Mem.ORDER)
              .lanewise(VectorOperators.LSHR, form.position(vectorB + channel))
              .and(form.mask())
              .compare(VectorOperators.EQ, placeB)
              .cast(F);
      ZERO.blend(FloatVector.fromMemorySegment(F, Mem.ALL, dyA + at, Mem.ORDER), a)
          .add(ZERO.blend(FloatVector.fromMemorySegment(F, Mem.ALL, dyB + at, Mem.ORDER), b))
          .intoMemorySegment(Mem.ALL, dx + at, Mem.ORDER);
    }
  }

  /**
   * The channels of a pixel that two by two windows hold. The windows of a row are neighbours, but
   * their places are packed with those of other columns, so each has an address of its own.
   */
  private static void four(
      long dy,
      long places,
      Pooling.Argmax form,
      Pool2dDims d,
      int[] windowRows,
      int[] windowColumns,
      int entry,
      long dx) {
    int c = d.C();
    int left = windowColumns[entry + 1] * c;
    int right = windowColumns[entry + 3] * c;
    int placeLeft = windowColumns[entry + 2];
    int placeRight = windowColumns[entry + 4];
    int upper = windowRows[2] * d.kernelW();
    int lower = windowRows[4] * d.kernelW();
    long dyUpper = dy + (long) windowRows[1] * d.OW() * c * BYTES;
    long dyLower = dy + (long) windowRows[3] * d.OW() * c * BYTES;
    long placesUpper = places + windowRows[1] * form.rowBytes();
    long placesLower = places + windowRows[3] * form.rowBytes();
    int mask = form.mask();
    for (int channel = 0; channel < c; channel++) {
      long atLeft = (long) (left + channel) * BYTES;
      long atRight = (long) (right + channel) * BYTES;
      int positionLeft = form.position(left + channel);
      int positionRight = form.position(right + channel);
      VectorMask<Float> a =
          IntVector.fromMemorySegment(
                  Lanes.I, Mem.ALL, form.address(placesUpper, left + channel), Mem.ORDER)
              .lanewise(VectorOperators.LSHR, positionLeft)
              .and(mask)
              .compare(VectorOperators.EQ, upper + placeLeft)
              .cast(F);
      VectorMask<Float> b =
          IntVector.fromMemorySegment(
                  Lanes.I, Mem.ALL, form.address(placesUpper, right + channel), Mem.ORDER)
              .lanewise(VectorOperators.LSHR, positionRight)
              .and(mask)
              .compare(VectorOperators.EQ, upper + placeRight)
              .cast(F);
      FloatVector sum =
          ZERO.blend(FloatVector.fromMemorySegment(F, Mem.ALL, dyUpper + atLeft, Mem.ORDER), a)
              .add(
                  ZERO.blend(
                      FloatVector.fromMemorySegment(F, Mem.ALL, dyUpper + atRight, Mem.ORDER), b));
      VectorMask<Float> e =
          IntVector.fromMemorySegment(
                  Lanes.I, Mem.ALL, form.address(placesLower, left + channel), Mem.ORDER)
              .lanewise(VectorOperators.LSHR, positionLeft)
              .and(mask)
              .compare(VectorOperators.EQ, lower + placeLeft)
              .cast(F);
      VectorMask<Float> f =
          IntVector.fromMemorySegment(
                  Lanes.I, Mem.ALL, form.address(placesLower, right + channel), Mem.ORDER)
              .lanewise(VectorOperators.LSHR, positionRight)
              .and(mask)
              .compare(VectorOperators.EQ, lower + placeRight)
              .cast(F);
      sum.add(ZERO.blend(FloatVector.fromMemorySegment(F, Mem.ALL, dyLower + atLeft, Mem.ORDER), e))
          .add(
              ZERO.blend(
                  FloatVector.fromMemorySegment(F, Mem.ALL, dyLower + atRight, Mem.ORDER), f))
          .intoMemorySegment(Mem.ALL, dx + (long) channel * BYTES, Mem.ORDER);
    }
  }

  /** The channels of a pixel that several windows hold. */
  private static void several(
      long dy,
      long places,
      Pooling.Argmax form,
      long dx,
      Pool2dDims d,
      int[] windowRows,
      int[] windowColumns,
      int entry) {
    int c = d.C();
    int rows = windowRows[0];
    int columns = windowColumns[entry];
    for (int channel = 0; channel < c; channel++) {
      // Not a constant: what a loop carries must be a fresh vector, or it is boxed.
      FloatVector sum = FloatVector.zero(F);
      for (int i = 0; i < rows; i++) {
        int oh = windowRows[2 * i + 1];
        int r = windowRows[2 * i + 2];
        for (int j = 0; j < columns; j++) {
          int vector = windowColumns[entry + 2 * j + 1] * c + channel;
          int place = r * d.kernelW() + windowColumns[entry + 2 * j + 2];
          long packed = form.address(places + oh * form.rowBytes(), vector);
          VectorMask<Float> here =
              IntVector.fromMemorySegment(Lanes.I, Mem.ALL, packed, Mem.ORDER)
                  .lanewise(VectorOperators.LSHR, form.position(vector))
                  .and(form.mask())
                  .compare(VectorOperators.EQ, place)
                  .cast(F);
          FloatVector gradient =
              FloatVector.fromMemorySegment(
                  F, Mem.ALL, dy + ((long) oh * d.OW() * c + vector) * BYTES, Mem.ORDER);
          sum = sum.add(ZERO.blend(gradient, here));
        }
      }
      sum.intoMemorySegment(Mem.ALL, dx + (long) channel * BYTES, Mem.ORDER);
    }
  }

  /** The channels of a pixel that only one window holds. */
  private static void single(
      long dy, long places, Pooling.Argmax form, int vector, int place, long dx, int c) {
    for (int channel = 0; channel < c; channel++) {
      VectorMask<Float> here =
          IntVector.fromMemorySegment(
                  Lanes.I, Mem.ALL, form.address(places, vector + channel), Mem.ORDER)
              .lanewise(VectorOperators.LSHR, form.position(vector + channel))
              .and(form.mask())
              .compare(VectorOperators.EQ, place)
              .cast(F);
      ZERO.blend(
              FloatVector.fromMemorySegment(F, Mem.ALL, dy + (long) channel * BYTES, Mem.ORDER),
              here)
          .intoMemorySegment(Mem.ALL, dx + (long) channel * BYTES, Mem.ORDER);
    }
  }

  /** For every column of the input what {@link #windows} writes, 2 kernelW + 1 ints each. */
  static int[] columns(Pool2dDims d) {
    int length = 2 * d.kernelW() + 1;
    int[] entries = new int[d.W() * length];
    for (int iw = 0; iw < d.W(); iw++) {
      windows(iw, d.padW(), d.kernelW(), d.dilationW(), d.strideW(), d.OW(), entries, iw * length);
    }
    return entries;
  }

  /**
   * The windows along one axis that hold an element: their number, then for each its own number and
   * that of the element in it.
   */
  private static void windows(
      int at, int pad, int kernel, int dilation, int stride, int outputs, int[] entries, int to) {
    int count = 0;
    for (int k = 0; k < kernel; k++) {
      int start = at + pad - k * dilation;
      if (start < 0) {
        break;
      }
      int window = start / stride;
      if (window * stride == start && window < outputs) {
        entries[to + 2 * count + 1] = window;
        entries[to + 2 * count + 2] = k;
        count++;
      }
    }
    entries[to] = count;
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
