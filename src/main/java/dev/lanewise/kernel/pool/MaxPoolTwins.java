package dev.lanewise.kernel.pool;

import static dev.lanewise.kernel.vector.Lanes.BYTES;
import static dev.lanewise.kernel.vector.Lanes.L;

import dev.lanewise.kernel.template.FirstCalls;
import dev.lanewise.kernel.vector.Mem;
import java.lang.foreign.MemorySegment;

/**
 * The loops of maximum pooling over floats in arrays: what serves until those of {@link
 * MaxPoolRows} and {@link MaxPoolGradientRows} are compiled ({@link FirstCalls}). Rows are copied
 * in and out as a whole, for an access to memory takes long in the interpreter, too.
 */
final class MaxPoolTwins {
  /** Longer rows would fill the heap: their loops do without a twin. */
  private static final long MOST_ELEMENTS = 1 << 17;

  private MaxPoolTwins() {}

  /** Whether rows are short enough. */
  static boolean fit(Pool2dDims d) {
    return (long) Math.max(d.W(), d.OW()) * d.C() * L <= MOST_ELEMENTS;
  }

  /** See {@link MaxPoolRows#forward}. */
  static void forward(
      long x,
      long y,
      long places,
      Pooling.Argmax form,
      int oh,
      int firstColumn,
      int endColumn,
      Pool2dDims d) {
    int pixel = d.C() * L;
    int top = oh * d.strideH() - d.padH();
    int firstR = Pool2dDims.firstInside(top, d.dilationH());
    int endR = Pool2dDims.firstBehind(top, d.kernelH(), d.dilationH(), d.H());
    float[] best = new float[(endColumn - firstColumn) * pixel];
    int[] index = new int[best.length];
    float[] row = new float[d.W() * pixel];
    for (int r = firstR; r < endR || r == firstR; r++) {
      if (r < endR) {
        long from = x + (long) (top + r * d.dilationH()) * row.length * Float.BYTES;
        MemorySegment.copy(Mem.ALL, Mem.FLOAT, from, row, 0, row.length);
      }
      for (int ow = firstColumn; ow < endColumn; ow++) {
        int left = ow * d.strideW() - d.padW();
        int firstS = Pool2dDims.firstInside(left, d.dilationW());
        int endS = Pool2dDims.firstBehind(left, d.kernelW(), d.dilationW(), d.W());
        int to = (ow - firstColumn) * pixel;
        if (r == firstR) {
          start(best, index, to, pixel, firstR * d.kernelW() + firstS);
        }
        for (int s = firstS; s < endS && r < endR; s++) {
          int at = (left + s * d.dilationW()) * pixel;
          larger(row, at, best, index, to, pixel, r * d.kernelW() + s);
        }
      }
    }
    long firstVector = (long) firstColumn * d.C();
    MemorySegment.copy(best, 0, Mem.ALL, Mem.FLOAT, y + firstVector * BYTES, best.length);
    if (form.mask() != 0) {
      pack(index, (int) firstVector, form, places);
    }
  }

  private static void start(float[] best, int[] index, int to, int n, int place) {
    for (int i = 0; i < n; i++) {
      best[to + i] = Float.NEGATIVE_INFINITY;
      index[to + i] = place;
    }
  }

  private static void larger(
      float[] row, int at, float[] best, int[] index, int to, int n, int place) {
    for (int i = 0; i < n; i++) {
      float value = row[at + i];
      if (value > best[to + i] || Float.isNaN(value)) {
        best[to + i] = value;
        index[to + i] = place;
      }
    }
  }

  /** The first vector of places may be shared with columns before these. */
  private static void pack(int[] index, int firstVector, Pooling.Argmax form, long places) {
    long from = form.address(places, firstVector);
    int vectors = index.length / L;
    long end = form.address(places, firstVector + vectors - 1) + BYTES;
    int[] packed = new int[(int) (end - from) / Integer.BYTES];
    if (form.position(firstVector) > 0) {
      MemorySegment.copy(Mem.ALL, Mem.INT, from, packed, 0, L);
    }
    for (int vector = 0; vector < vectors; vector++) {
      int to = (int) (form.address(places, firstVector + vector) - from) / Integer.BYTES;
      int position = form.position(firstVector + vector);
      int kept = position == 0 ? 0 : -1;
      for (int lane = 0; lane < L; lane++) {
        packed[to + lane] = packed[to + lane] & kept | index[vector * L + lane] << position;
      }
    }
    MemorySegment.copy(packed, 0, Mem.ALL, Mem.INT, from, packed.length);
  }

  /** See {@link MaxPoolGradientRows#band}: the windows that hold the row are known. */
  static void backward(
      long dy,
      long places,
      Pooling.Argmax form,
      long dx,
      Pool2dDims d,
      int[] windowRows,
      int[] windowColumns) {
    int c = d.C();
    int rows = windowRows[0];
    int length = MaxPoolGradientRows.length(d.kernelW(), d.OW());
    float[] sums = new float[d.W() * c * L];
    float[] gradient = new float[d.OW() * c * L];
    int[] packed = new int[(int) (form.rowBytes() / Integer.BYTES)];
    for (int i = 0; i < rows; i++) {
      int oh = windowRows[2 * i + 1];
      long from = dy + (long) oh * d.OW() * c * BYTES;
      MemorySegment.copy(Mem.ALL, Mem.FLOAT, from, gradient, 0, gradient.length);
      long packedRow = places + oh * form.rowBytes();
      MemorySegment.copy(Mem.ALL, Mem.INT, packedRow, packed, 0, packed.length);
      for (int iw = 0; iw < d.W(); iw++) {
        int entry = iw * length;
        int columns = windowColumns[entry];
        boolean adds = MaxPoolGradientRows.addsZeros(form, c, rows, columns);
        for (int j = 0; j < columns; j++) {
          int vector = windowColumns[entry + 2 * j + 1] * c;
          int place = windowRows[2 * i + 2] * d.kernelW() + windowColumns[entry + 2 * j + 2];
          boolean first = i + j == 0 && !adds;
          for (int channel = 0; channel < c; channel++) {
            int at = (int) form.address(0, vector + channel) / Integer.BYTES;
            int position = form.position(vector + channel);
            int to = (iw * c + channel) * L;
            int g = (vector + channel) * L;
            for (int lane = 0; lane < L; lane++) {
              boolean here = (packed[at + lane] >>> position & form.mask()) == place;
              float value = here ? gradient[g + lane] : 0;
              if (first) {
                sums[to + lane] = value;
              } else if (here || adds) {
                sums[to + lane] += value;
              }
            }
          }
        }
      }
    }
    MemorySegment.copy(sums, 0, Mem.ALL, Mem.FLOAT, dx, sums.length);
  }
}
