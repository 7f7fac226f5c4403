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
import org.jspecify.annotations.Nullable;

/**
 * The loops of maximum pooling backward, a band of rows of the input's gradient at a time. As in
 * {@link MaxPoolRows} vectors are not passed to methods.
 */
final class MaxPoolGradientRows {
  private static final FloatVector ZERO = FloatVector.zero(F);

  /** Vectors whose places share a vector of ints, a byte each. */
  static final int GROUP = 4;

  private static final FirstCalls FIRST = new FirstCalls();

  private static final MaxPoolGradientRange ONE = loop(1, 0);
  private static final MaxPoolGradientRange TWO = loop(2, 0);
  private static final MaxPoolGradientRange FOUR = loop(4, 0);

  /** The same of pairs of pixels, the lower one held by one column of windows, or by two. */
  private static final MaxPoolGradientRange ONE_PAIR = loop(1, 1);

  private static final MaxPoolGradientRange ACROSS_PAIR = loop(2, 2);
  private static final MaxPoolGradientRange DOWN_PAIR = loop(2, 1);
  private static final MaxPoolGradientRange FOUR_PAIR = loop(4, 2);

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

  private static MaxPoolGradientRange loop(int windows, int shared) {
    return Specializer.specialise(
        MethodHandles.lookup(),
        MaxPoolGradientLoop.class,
        new MaxPoolGradientLoop.Form(windows, shared),
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

  /** Room for what this needs to know of the windows that hold two rows. */
  int[][] rowEntries() {
    return new int[2][length(d.kernelH(), d.OH())];
  }

  /** Pieces of an image that are done one by one: as many rows as windows are apart. */
  int bands() {
    return Math.ceilDiv(d.H() + d.padH() % d.strideH(), d.strideH());
  }

  /**
   * The rows of one band of the input's gradient: every element gathers from the windows that hold
   * it. Two rows at once where the lower one is held by the first of the upper one's windows only,
   * as with windows of two by two and of three by three at every second pixel.
   *
   * @param dy the gradient of the output's image
   * @param places of the image
   * @param dx the gradient of the input's image, overwritten there
   * @param band its number
   * @param entries {@link #rowEntries}, overwritten
   */
  void band(long dy, long places, long dx, int band, int[][] entries) {
    int[] upper = entries[0];
    int[] lower = entries[1];
    int end = end(band);
    for (int ih = begin(band); ih < end; ih++) {
      long target = dx + ih * rowBytes();
      windowRows(ih, upper);
      if (ih + 1 < end) {
        windowRows(ih + 1, lower);
        if (pair(upper, lower)) {
          rows(dy, places, target, upper, lower);
          ih++;
          continue;
        }
      }
      rows(dy, places, target, upper, null);
    }
  }

  /** The first row of a band. A band begins where windows do, so two rows that share stay one. */
  private int begin(int band) {
    return Math.max(0, band * d.strideH() - d.padH() % d.strideH());
  }

  private int end(int band) {
    return Math.min(d.H(), (band + 1) * d.strideH() - d.padH() % d.strideH());
  }

  private long rowBytes() {
    return (long) d.W() * d.C() * BYTES;
  }

  private void windowRows(int ih, int[] entries) {
    windows(ih, d.padH(), d.kernelH(), d.dilationH(), d.strideH(), d.OH(), entries, 0);
  }

  /** Whether the loops of pairs serve: as {@link MaxPoolGradientLoop} says. */
  private boolean pair(int[] upper, int[] lower) {
    return grouped(form, d.C())
        && (upper[0] == 1 || upper[0] == 2)
        && lower[0] == 1
        && upper[1] == lower[1];
  }

  /** One row, or a pair where the windows of the one below are given. */
  private void rows(long dy, long places, long dx, int[] windowRows, int @Nullable [] below) {
    if (FIRST.over() || !MaxPoolTwins.fit(d)) {
      vectors(dy, places, dx, windowRows, below);
      return;
    }
    long start = System.nanoTime();
    if (FIRST.vectorsNext()) {
      vectors(dy, places, dx, windowRows, below);
      long elements = (below == null ? 1L : 2L) * d.W() * d.C() * Lanes.L;
      FIRST.vectorsDone(System.nanoTime() - start, elements);
    } else {
      twin(dy, places, dx, windowRows);
      if (below != null) {
        twin(dy, places, dx + rowBytes(), below);
      }
      FIRST.scalarsDone(System.nanoTime() - start);
    }
  }

  /** One row by a scalar twin. */
  private void twin(long dy, long places, long dx, int[] windowRows) {
    MaxPoolTwins.backward(dy, places, form, dx, d, windowRows, windowColumns);
  }

  /** One band by the scalar twin. */
  void twin(long dy, long places, long dx, int band, int[][] entries) {
    for (int ih = begin(band); ih < end(band); ih++) {
      windowRows(ih, entries[0]);
      twin(dy, places, dx + ih * rowBytes(), entries[0]);
    }
  }

  private void vectors(long dy, long places, long dx, int[] windowRows, int @Nullable [] below) {
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
    int further = below == null ? 0 : below[2] * d.kernelW() - rowPlace;
    for (int iw = 0; iw < d.W(); iw++) {
      long target = dx + (long) iw * c * BYTES;
      long lower = below == null ? 0 : target + rowBytes();
      int entry = iw * columnLength;
      int columns = windowColumns[entry];
      if (columns == 0) {
        VectorMemory.zeroVectors(target, c);
        if (below != null) {
          VectorMemory.zeroVectors(lower, c);
        }
      } else if (addsZeros(form, c, rows, columns)) {
        several(dy, places, target, windowRows, entry);
        if (below != null) {
          several(dy, places, lower, below, entry);
        }
      } else {
        int vector = windowColumns[entry + 1] * c;
        int place = rowPlace + windowColumns[entry + 2];
        long first = from + (long) vector * BYTES;
        if (grouped) {
          pixel(first, form.address(packed, vector), place, target, lower, further, rows, columns);
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
   * The channels of a pixel that one, two, or two by two windows hold, and of the one below it,
   * unless that one's address is 0. Four channels share a vector of places: their bytes are
   * compared where they stand, for shifting all of them down would be half of the work.
   */
  private void pixel(
      long dy, long places, int place, long dx, long below, int further, int rows, int columns) {
    int groups = d.C() / GROUP;
    boolean pair = below != 0;
    if (rows * columns == 4) {
      (pair ? FOUR_PAIR : FOUR).run(dy, places, place, across, down, dx, below, further, groups);
    } else if (columns == 2) {
      (pair ? ACROSS_PAIR : TWO).run(dy, places, place, across, down, dx, below, further, groups);
    } else if (rows == 2) {
      (pair ? DOWN_PAIR : TWO).run(dy, places, place, down, down, dx, below, further, groups);
    } else {
      (pair ? ONE_PAIR : ONE).run(dy, places, place, across, down, dx, below, further, groups);
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
