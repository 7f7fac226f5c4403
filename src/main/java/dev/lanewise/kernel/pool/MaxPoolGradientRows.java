package dev.lanewise.kernel.pool;

import static dev.lanewise.kernel.vector.Lanes.BYTES;
import static dev.lanewise.kernel.vector.Lanes.F;
import static dev.lanewise.kernel.vector.Lanes.I;

import dev.lanewise.kernel.pool.MaxPoolGradientRange.Step;
import dev.lanewise.kernel.template.FirstCalls;
import dev.lanewise.kernel.template.Specializer;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.kernel.vector.Mem;
import dev.lanewise.kernel.vector.VectorMemory;
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

  private static final FirstCalls FIRST = new FirstCalls();

  private static final MaxPoolGradientRange ONE = loop(1);
  private static final MaxPoolGradientRange TWO = loop(2);
  private static final MaxPoolGradientRange FOUR = loop(4);

  private final Pool2dDims d;
  private final Pooling.Argmax form;

  /** For every column of the input what {@link #windows} writes. */
  private final int[] windowColumns;

  private final int columnLength;

  /** From a window to the next one that holds the same pixel, in its row and in its column. */
  private final Step across;

  private final Step down;

  MaxPoolGradientRows(Pool2dDims dims, Pooling.Argmax form) {
    d = dims;
    this.form = form;
    columnLength = length(d.kernelW(), d.OW());
    windowColumns = new int[d.W() * columnLength];
    for (int iw = 0; iw < d.W(); iw++) {
      windows(
          iw,
          d.padW(),
          d.kernelW(),
          d.dilationW(),
          d.strideW(),
          d.OW(),
          windowColumns,
          iw * columnLength);
    }
    across =
        step(d.strideW(), d.dilationW(), (long) d.C() * BYTES, (long) d.C() * BYTES / GROUP, 1);
    down =
        step(
            d.strideH(),
            d.dilationH(),
            (long) d.OW() * d.C() * BYTES,
            form.rowBytes(),
            d.kernelW());
  }

  private static MaxPoolGradientRange loop(int windows) {
    return Specializer.specialise(
        MethodHandles.lookup(),
        MaxPoolGradientLoop.class,
        new MaxPoolGradientLoop.Form(windows),
        MaxPoolGradientRange.class);
  }

  /**
   * The next element of the windows that falls on the same pixel, n elements on: its window begins
   * n dilation / stride windows before.
   */
  private static Step step(int stride, int dilation, long gradients, long places, int place) {
    int common = gcd(stride, dilation);
    long back = dilation / common;
    return new Step(-back * gradients, -back * places, stride / common * place);
  }

  private static int gcd(int a, int b) {
    return b == 0 ? a : gcd(b, a % b);
  }

  /** Room for what this needs to know of the windows that hold a row. */
  int[] rowEntries() {
    return new int[length(d.kernelH(), d.OH())];
  }

  /**
   * One row of the input's gradient: every element gathers from the windows that hold it.
   *
   * @param dy the gradient of the output's image
   * @param places of the image
   * @param dx the row written
   * @param ih its number
   * @param windowRows {@link #rowEntries}, overwritten
   */
  void row(long dy, long places, long dx, int ih, int[] windowRows) {
    windows(ih, d.padH(), d.kernelH(), d.dilationH(), d.strideH(), d.OH(), windowRows, 0);
    if (FIRST.over() || !MaxPoolTwins.fit(d)) {
      vectors(dy, places, dx, windowRows);
      return;
    }
    long start = System.nanoTime();
    if (FIRST.vectorsNext()) {
      vectors(dy, places, dx, windowRows);
      FIRST.vectorsDone(System.nanoTime() - start, (long) d.W() * d.C() * Lanes.L);
    } else {
      twin(dy, places, dx, windowRows);
      FIRST.scalarsDone(System.nanoTime() - start);
    }
  }

  /** The same by a scalar twin. */
  void twin(long dy, long places, long dx, int[] windowRows) {
    MaxPoolTwins.backward(dy, places, form, dx, d, windowRows, windowColumns);
  }

  private void vectors(long dy, long places, long dx, int[] windowRows) {
    int c = d.C();
    int rows = windowRows[0];
    if (rows == 0) {
      VectorMemory.zeroVectors(dx, d.W() * c);
      return;
    }
    boolean grouped = grouped(form, c);
    long from = dy + (long) windowRows[1] * d.OW() * c * BYTES;
    long packed = places + windowRows[1] * form.rowBytes();
    int rowPlace = windowRows[2] * d.kernelW();
    for (int iw = 0; iw < d.W(); iw++) {
      long target = dx + (long) iw * c * BYTES;
      int entry = iw * columnLength;
      int columns = windowColumns[entry];
      if (columns == 0) {
        VectorMemory.zeroVectors(target, c);
      } else if (addsZeros(form, c, rows, columns)) {
        several(dy, places, target, windowRows, entry);
      } else {
        int vector = windowColumns[entry + 1] * c;
        int place = rowPlace + windowColumns[entry + 2];
        long first = from + (long) vector * BYTES;
        if (grouped) {
          pixel(first, form.address(packed, vector), place, target, rows, columns);
        } else {
          single(first, packed, vector, place, target);
        }
      }
    }
  }

  private static boolean grouped(Pooling.Argmax form, int c) {
    return form.bits() == 8 && c % GROUP == 0;
  }

  /**
   * Whether a pixel is held by so many windows that zeros are added, which makes -0 a 0, where they
   * have their maximum elsewhere.
   */
  static boolean addsZeros(Pooling.Argmax form, int c, int rows, int columns) {
    return rows > 2 || columns > 2 || !grouped(form, c) && rows * columns > 1;
  }

  /**
   * The channels of a pixel that one, two, or two by two windows hold. Four channels share a vector
   * of places: their bytes are compared where they stand, for shifting all of them down would be
   * half of the work.
   */
  private void pixel(long dy, long places, int place, long dx, int rows, int columns) {
    int groups = d.C() / GROUP;
    if (rows * columns == 4) {
      FOUR.run(dy, places, place, across, down, dx, groups);
    } else if (rows * columns == 2) {
      TWO.run(dy, places, place, columns == 2 ? across : down, down, dx, groups);
    } else {
      ONE.run(dy, places, place, across, down, dx, groups);
    }
  }

  /** The channels of a pixel that only one window holds, where they do not come in fours. */
  private void single(long dy, long places, int vector, int place, long dx) {
    for (int channel = 0; channel < d.C(); channel++) {
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
  private void several(long dy, long places, long dx, int[] windowRows, int entry) {
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
