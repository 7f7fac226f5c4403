package dev.lanewise.kernel;

import static dev.lanewise.kernel.Lanes.BYTES;
import static dev.lanewise.kernel.Lanes.F;
import static dev.lanewise.kernel.VectorMemory.load;
import static dev.lanewise.kernel.VectorMemory.store;

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
  private static final IntVector NO_INDEX = IntVector.zero(Lanes.I);

  private MaxPoolRows() {}

  /** One row of the output. Addresses: the image read, the row written, the row of places or 0. */
  static void forward(long x, long y, long places, Pooling.Argmax form, int oh, Pool2dDims d) {
    int c = d.C();
    int top = oh * d.strideH() - d.padH();
    int firstR = Pool2dDims.firstInside(top, d.dilationH());
    int endR = Pool2dDims.firstBehind(top, d.kernelH(), d.dilationH(), d.H());
    boolean square = d.kernelH() == 2 && d.kernelW() == 2 && firstR == 0 && endR == 2;
    long rowStep = (long) d.W() * c * BYTES * d.dilationH();
    long columnStep = (long) c * BYTES * d.dilationW();
    int vector = 0;
    for (int ow = 0; ow < d.OW(); ow++) {
      int left = ow * d.strideW() - d.padW();
      int firstS = Pool2dDims.firstInside(left, d.dilationW());
      int endS = Pool2dDims.firstBehind(left, d.kernelW(), d.dilationW(), d.W());
      long window = x + ((long) top * d.W() + left) * c * BYTES;
      long target = y + (long) vector * BYTES;
      if (square && firstS == 0 && endS == 2) {
        for (int channel = 0; channel < c; channel++) {
          long offset = (long) channel * BYTES;
          two(window + offset, rowStep, columnStep, target + offset, places, form, vector++);
        }
      } else {
        for (int channel = 0; channel < c; channel++) {
          long offset = (long) channel * BYTES;
          long from = window + offset;
          FloatVector best = load(from + firstR * rowStep + firstS * columnStep);
          IntVector index = IntVector.broadcast(Lanes.I, firstR * d.kernelW() + firstS);
          for (int r = firstR; r < endR; r++) {
            for (int s = firstS; s < endS; s++) {
              FloatVector value = load(from + r * rowStep + s * columnStep);
              VectorMask<Float> larger =
                  value
                      .compare(VectorOperators.GT, best)
                      .or(value.compare(VectorOperators.NE, value));
              best = best.blend(value, larger);
              index = index.blend(r * d.kernelW() + s, larger.cast(Lanes.I));
            }
          }
          best.intoMemorySegment(Mem.ALL, target + offset, Mem.ORDER);
          if (places != 0) {
            // Beside those of its neighbours, for which the vector of places is read again.
            int position = form.position(vector);
            long place = form.address(places, vector);
            if (position == 0) {
              index.intoMemorySegment(Mem.ALL, place, Mem.ORDER);
            } else {
              IntVector.fromMemorySegment(Lanes.I, Mem.ALL, place, Mem.ORDER)
                  .or(index.lanewise(VectorOperators.LSHL, position))
                  .intoMemorySegment(Mem.ALL, place, Mem.ORDER);
            }
          }
          vector++;
        }
      }
    }
  }

  /** A window of two by two, the most common one. */
  private static void two(
      long window,
      long rowStep,
      long columnStep,
      long target,
      long places,
      Pooling.Argmax form,
      int vector) {
    FloatVector best = load(window);
    FloatVector b = load(window + columnStep);
    VectorMask<Float> larger =
        b.compare(VectorOperators.GT, best).or(b.compare(VectorOperators.NE, b));
    best = best.blend(b, larger);
    IntVector index = NO_INDEX.blend(1, larger.cast(Lanes.I));
    FloatVector c = load(window + rowStep);
    larger = c.compare(VectorOperators.GT, best).or(c.compare(VectorOperators.NE, c));
    best = best.blend(c, larger);
    index = index.blend(2, larger.cast(Lanes.I));
    FloatVector d = load(window + rowStep + columnStep);
    larger = d.compare(VectorOperators.GT, best).or(d.compare(VectorOperators.NE, d));
    best.blend(d, larger).intoMemorySegment(Mem.ALL, target, Mem.ORDER);
    if (places != 0) {
      index = index.blend(3, larger.cast(Lanes.I));
      int position = form.position(vector);
      long place = form.address(places, vector);
      if (position == 0) {
        index.intoMemorySegment(Mem.ALL, place, Mem.ORDER);
      } else {
        IntVector.fromMemorySegment(Lanes.I, Mem.ALL, place, Mem.ORDER)
            .or(index.lanewise(VectorOperators.LSHL, position))
            .intoMemorySegment(Mem.ALL, place, Mem.ORDER);
      }
    }
  }

  /**
   * One row of the input's gradient: every element gathers from the windows that hold it.
   *
   * @param dy the gradient of the output's image
   * @param places of the image
   * @param dx the row written
   * @param ih its number
   * @param windowRows room for two ints per row of a window
   * @param windowColumns room for two ints per column of a window
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
    int rows = windows(ih, d.padH(), d.kernelH(), d.dilationH(), d.strideH(), d.OH(), windowRows);
    if (rows == 0) {
      VectorMemory.zeroVectors(dx, d.W() * c);
      return;
    }
    for (int iw = 0; iw < d.W(); iw++) {
      long target = dx + (long) iw * c * BYTES;
      int columns =
          windows(iw, d.padW(), d.kernelW(), d.dilationW(), d.strideW(), d.OW(), windowColumns);
      if (columns == 0) {
        VectorMemory.zeroVectors(target, c);
      } else if (rows == 1 && columns == 1) {
        int oh = windowRows[0];
        int vector = windowColumns[0] * c;
        int place = windowRows[1] * d.kernelW() + windowColumns[1];
        single(
            dy + ((long) oh * d.OW() * c + vector) * BYTES,
            places + oh * form.rowBytes(),
            form,
            vector,
            place,
            target,
            c);
      } else {
        several(dy, places, form, target, d, rows, windowRows, columns, windowColumns);
      }
    }
  }

  /** The channels of a pixel that several windows hold. */
  private static void several(
      long dy,
      long places,
      Pooling.Argmax form,
      long dx,
      Pool2dDims d,
      int rows,
      int[] windowRows,
      int columns,
      int[] windowColumns) {
    int c = d.C();
    for (int channel = 0; channel < c; channel++) {
      // Not a constant: what a loop carries must be a fresh vector, or it is boxed.
      FloatVector sum = FloatVector.zero(F);
      for (int i = 0; i < rows; i++) {
        int oh = windowRows[2 * i];
        int r = windowRows[2 * i + 1];
        for (int j = 0; j < columns; j++) {
          int vector = windowColumns[2 * j] * c + channel;
          int place = r * d.kernelW() + windowColumns[2 * j + 1];
          long packed = form.address(places + oh * form.rowBytes(), vector);
          VectorMask<Float> here =
              IntVector.fromMemorySegment(Lanes.I, Mem.ALL, packed, Mem.ORDER)
                  .lanewise(VectorOperators.LSHR, form.position(vector))
                  .and(form.mask())
                  .compare(VectorOperators.EQ, place)
                  .cast(F);
          FloatVector gradient = load(dy + ((long) oh * d.OW() * c + vector) * BYTES);
          sum = sum.add(ZERO.blend(gradient, here));
        }
      }
      store(sum, dx + (long) channel * BYTES);
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
      store(ZERO.blend(load(dy + (long) channel * BYTES), here), dx + (long) channel * BYTES);
    }
  }

  /**
   * The windows along one axis that hold an element: pairs of the window's number and the element's
   * number in it.
   *
   * @return how many pairs
   */
  private static int windows(
      int at, int pad, int kernel, int dilation, int stride, int outputs, int[] pairs) {
    int count = 0;
    for (int k = 0; k < kernel; k++) {
      int start = at + pad - k * dilation;
      if (start < 0) {
        break;
      }
      int window = start / stride;
      if (window * stride == start && window < outputs) {
        pairs[2 * count] = window;
        pairs[2 * count + 1] = k;
        count++;
      }
    }
    return count;
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
            IntVector.fromMemorySegment(
                    Lanes.I, Mem.ALL, form.address(places, vector), Mem.ORDER)
                .lanewise(VectorOperators.LSHR, form.position(vector))
                .and(form.mask());
        FloatVector found = FloatVector.zero(F);
        for (int r = firstR; r < endR; r++) {
          for (int s = firstS; s < endS; s++) {
            VectorMask<Float> here = index.compare(VectorOperators.EQ, r * d.kernelW() + s).cast(F);
            long from = window + (long) channel * BYTES + r * rowStep + s * columnStep;
            found = found.blend(load(from), here);
          }
        }
        store(found, y + (long) vector * BYTES);
      }
    }
  }
}
