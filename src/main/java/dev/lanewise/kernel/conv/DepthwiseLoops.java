package dev.lanewise.kernel.conv;

import static dev.lanewise.kernel.vector.Lanes.BYTES;
import static dev.lanewise.kernel.vector.Lanes.F;

import dev.lanewise.kernel.vector.LaneSums;
import dev.lanewise.kernel.vector.Mem;
import jdk.incubator.vector.FloatVector;

/**
 * A tile output by output and tap by tap: the twin of the generated loops, with the same bits, and
 * what serves where no class can be defined at run time.
 */
record DepthwiseLoops(DepthwiseTile tile) implements DepthwiseTile.Sums, DepthwiseTile.Gradients {
  @Override
  public void run(
      long x,
      long pixel,
      long row,
      long channel,
      int rows,
      long weights,
      long weightRow,
      long weightChannel,
      int channels,
      long y,
      long yPixel,
      long yChannel,
      long biases,
      long biasChannel) {
    for (int c = 0; c < channels; c++) {
      for (int i = 0; i < tile.outputs(); i++) {
        long to = y + c * yChannel + i * yPixel;
        FloatVector sum =
            switch (tile.start()) {
              case ZERO -> FloatVector.zero(F);
              case BIAS -> FloatVector.broadcast(F, Mem.get(biases + c * biasChannel));
              case OUTPUT -> FloatVector.fromMemorySegment(F, Mem.ALL, to, Mem.ORDER);
            };
        for (int r = 0; r < rows; r++) {
          for (int u = 0; u < tile.taps(); u++) {
            if (tile.inside(i, u)) {
              long at = x + c * channel + r * row + tile.column(i, u) * pixel;
              long weight =
                  weights
                      + c * weightChannel
                      + r * weightRow
                      + (long) u * tile.weightStep() * Float.BYTES;
              sum =
                  FloatVector.broadcast(F, Mem.get(weight))
                      .fma(FloatVector.fromMemorySegment(F, Mem.ALL, at, Mem.ORDER), sum);
            }
          }
        }
        sum.intoMemorySegment(Mem.ALL, to, Mem.ORDER);
      }
    }
  }

  @Override
  public void run(
      long x,
      long pixel,
      long row,
      long channel,
      int rows,
      long dy,
      long dyPixel,
      long dyChannel,
      int channels,
      long sums,
      long sumRow,
      long sumChannel) {
    for (int c = 0; c < channels; c++) {
      for (int r = 0; r < rows; r++) {
        for (int u = 0; u < tile.taps(); u++) {
          long to = sums + c * sumChannel + r * sumRow + (long) u * BYTES;
          FloatVector sum = FloatVector.fromMemorySegment(F, Mem.ALL, to, Mem.ORDER);
          for (int i = 0; i < tile.outputs(); i++) {
            if (tile.inside(i, u)) {
              long at = x + c * channel + r * row + tile.column(i, u) * pixel;
              sum =
                  FloatVector.fromMemorySegment(
                          F, Mem.ALL, dy + c * dyChannel + i * dyPixel, Mem.ORDER)
                      .fma(FloatVector.fromMemorySegment(F, Mem.ALL, at, Mem.ORDER), sum);
            }
          }
          sum.intoMemorySegment(Mem.ALL, to, Mem.ORDER);
        }
      }
    }
  }

  /** floats[i] = the sum over the lanes of vectors i, i + part, ... of {@code parts}, in order. */
  static void reduce(long vectors, int n, long part, int parts, long floats) {
    for (int i = 0; i < n; i++) {
      long at = vectors + (long) i * BYTES;
      FloatVector sum = FloatVector.fromMemorySegment(F, Mem.ALL, at, Mem.ORDER);
      for (int p = 1; p < parts; p++) {
        sum = sum.add(FloatVector.fromMemorySegment(F, Mem.ALL, at + p * part, Mem.ORDER));
      }
      Mem.set(floats + (long) i * Float.BYTES, LaneSums.sum(sum));
    }
  }
}
