package dev.lanewise.kernel;

import static dev.lanewise.kernel.Lanes.BYTES;
import static dev.lanewise.kernel.Lanes.F;
import static dev.lanewise.kernel.Lanes.I;

import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * The loops of maximum pooling backward, one row of the input's gradient at a time. As in {@link
 * MaxPoolRows} vectors are not passed to methods.
 */
final class MaxPoolGradientRows {
  private static final FloatVector ZERO = FloatVector.zero(F);

  /** Vectors whose places share a vector of ints, a byte each. */
  static final int GROUP = 4;

  private static final MaxPoolGradientRange ONE = loop(false, false);
  private static final MaxPoolGradientRange ONE_MORE = loop(false, true);
  private static final MaxPoolGradientRange TWO = loop(true, false);
  private static final MaxPoolGradientRange TWO_MORE = loop(true, true);

  private MaxPoolGradientRows() {}

  private static MaxPoolGradientRange loop(boolean two, boolean more) {
    return Specializer.specialise(
        MethodHandles.lookup(),
        MaxPoolGradientLoop.class,
        new MaxPoolGradientLoop.Form(two, more),
        MaxPoolGradientRange.class);
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
  static void row(
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
    int length = length(d.kernelW(), d.OW());
    boolean grouped = form.bits() == 8 && c % GROUP == 0;
    for (int iw = 0; iw < d.W(); iw++) {
      long target = dx + (long) iw * c * BYTES;
      int entry = iw * length;
      int columns = windowColumns[entry];
      if (columns == 0) {
        VectorMemory.zeroVectors(target, c);
      } else if (grouped && rows <= 2 && columns <= 2) {
        pixel(dy, places, form, target, d, windowRows, windowColumns, entry);
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
      } else {
        several(dy, places, form, target, d, windowRows, windowColumns, entry);
      }
    }
  }

  /**
   * The channels of a pixel that one, two, or two by two windows hold. Four channels share a vector
   * of places: their bytes are compared where they stand, for shifting all of them down would be
   * half of the work.
   */
  private static void pixel(
      long dy,
      long places,
      Pooling.Argmax form,
      long dx,
      Pool2dDims d,
      int[] windowRows,
      int[] windowColumns,
      int entry) {
    int c = d.C();
    int groups = c / GROUP;
    int columns = windowColumns[entry];
    for (int i = 0; i < windowRows[0]; i++) {
      int oh = windowRows[2 * i + 1];
      int place = windowRows[2 * i + 2] * d.kernelW();
      int vector = windowColumns[entry + 1] * c;
      long from = dy + (long) oh * d.OW() * c * BYTES;
      long packed = places + oh * form.rowBytes();
      long fromA = from + (long) vector * BYTES;
      long packedA = form.address(packed, vector);
      int placeA = place + windowColumns[entry + 2];
      if (columns == 1) {
        if (i == 0) {
          ONE.run(fromA, packedA, placeA, 0, 0, 0, dx, groups);
        } else {
          ONE_MORE.run(fromA, packedA, placeA, 0, 0, 0, dx, groups);
        }
      } else {
        int vectorB = windowColumns[entry + 3] * c;
        long fromB = from + (long) vectorB * BYTES;
        long packedB = form.address(packed, vectorB);
        int placeB = place + windowColumns[entry + 4];
        if (i == 0) {
          TWO.run(fromA, packedA, placeA, fromB, packedB, placeB, dx, groups);
        } else {
          TWO_MORE.run(fromA, packedA, placeA, fromB, packedB, placeB, dx, groups);
        }
      }
    }
  }

  /** The channels of a pixel that only one window holds, where they do not come in fours. */
  private static void single(
      long dy, long places, Pooling.Argmax form, int vector, int place, long dx, int c) {
    for (int channel = 0; channel < c; channel++) {
      VectorMask<Float> here =
          IntVector.fromMemorySegment(I, Mem.ALL, form.address(places, vector + channel), Mem.ORDER)
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
              IntVector.fromMemorySegment(I, Mem.ALL, packed, Mem.ORDER)
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

  /** How much {@link #windows} writes at most for an element. */
  static int length(int kernel, int outputs) {
    return 2 * Math.min(kernel, outputs) + 1;
  }

  /** For every column of the input what {@link #windows} writes. */
  static int[] columns(Pool2dDims d) {
    int length = length(d.kernelW(), d.OW());
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
}
