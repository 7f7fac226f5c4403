package dev.lanewise.kernel.conv;

import static dev.lanewise.kernel.vector.Lanes.BYTES;
import static dev.lanewise.kernel.vector.Lanes.F;

import dev.lanewise.kernel.vector.LaneSums;
import dev.lanewise.kernel.vector.Mem;
import jdk.incubator.vector.FloatVector;

/**
 * The loops of depthwise convolution. Channels are the outer loop, as they follow each other in
 * memory, and taps the inner one, with the sums in registers: one loop over rows and columns of
 * taps, with pointers that jump (docs/adr/0002). Bytes everywhere, except for counts.
 */
final class DepthwiseLoops {
  /** Pixels that share the load of a weight. */
  static final int PIXELS = 4;

  private DepthwiseLoops() {}

  /**
   * How taps follow each other.
   *
   * @param row from a row of taps to the next, in what is read
   * @param column from a column of taps to the next, in what is read
   * @param channel from channel to channel, in what is read
   * @param weightRow from a row of taps to the next, in the weights
   * @param weightColumn from a column of taps to the next, in the weights
   * @param weightChannel from channel to channel, in the weights
   */
  record Taps(
      long row, long column, long channel, long weightRow, long weightColumn, long weightChannel) {}

  /**
   * Where sums go.
   *
   * @param pixel from pixel to pixel
   * @param channel from channel to channel
   * @param biasChannel from channel to channel of the bias
   * @param add to what is there
   */
  record Target(long pixel, long channel, long biasChannel, boolean add) {}

  /** One pixel, all channels; {@code biases} is an address, or 0. */
  static void one(
      long from,
      int rows,
      int columns,
      Taps taps,
      long weights,
      int channels,
      long to,
      Target target,
      long biases) {
    int count = rows * columns;
    long rowJump = taps.row - columns * taps.column;
    long weightJump = taps.weightRow - columns * taps.weightColumn;
    for (int c = 0; c < channels; c++) {
      float bias = biases == 0 ? 0 : Mem.get(biases + c * target.biasChannel);
      FloatVector sum = FloatVector.broadcast(F, bias);
      long x = from + c * taps.channel;
      long w = weights + c * taps.weightChannel;
      int s = 0;
      for (int t = 0; t < count; t++) {
        sum =
            FloatVector.broadcast(F, Mem.get(w))
                .fma(FloatVector.fromMemorySegment(F, Mem.ALL, x, Mem.ORDER), sum);
        x += taps.column;
        w += taps.weightColumn;
        if (++s == columns) {
          s = 0;
          x += rowJump;
          w += weightJump;
        }
      }
      long y = to + c * target.channel;
      if (target.add) {
        sum = sum.add(FloatVector.fromMemorySegment(F, Mem.ALL, y, Mem.ORDER));
      }
      sum.intoMemorySegment(Mem.ALL, y, Mem.ORDER);
    }
  }

  /** {@link #PIXELS} pixels, {@code pixel} apart in what is read, all channels. */
  static void four(
      long from,
      long pixel,
      int rows,
      int columns,
      Taps taps,
      long weights,
      int channels,
      long to,
      Target target,
      long biases) {
    int count = rows * columns;
    long rowJump = taps.row - columns * taps.column;
    long weightJump = taps.weightRow - columns * taps.weightColumn;
    for (int c = 0; c < channels; c++) {
      float bias = biases == 0 ? 0 : Mem.get(biases + c * target.biasChannel);
      FloatVector a = FloatVector.broadcast(F, bias);
      FloatVector b = FloatVector.broadcast(F, bias);
      FloatVector d = FloatVector.broadcast(F, bias);
      FloatVector e = FloatVector.broadcast(F, bias);
      long x = from + c * taps.channel;
      long w = weights + c * taps.weightChannel;
      int s = 0;
      for (int t = 0; t < count; t++) {
        FloatVector weight = FloatVector.broadcast(F, Mem.get(w));
        a = weight.fma(FloatVector.fromMemorySegment(F, Mem.ALL, x, Mem.ORDER), a);
        b = weight.fma(FloatVector.fromMemorySegment(F, Mem.ALL, x + pixel, Mem.ORDER), b);
        d = weight.fma(FloatVector.fromMemorySegment(F, Mem.ALL, x + 2 * pixel, Mem.ORDER), d);
        e = weight.fma(FloatVector.fromMemorySegment(F, Mem.ALL, x + 3 * pixel, Mem.ORDER), e);
        x += taps.column;
        w += taps.weightColumn;
        if (++s == columns) {
          s = 0;
          x += rowJump;
          w += weightJump;
        }
      }
      long y = to + c * target.channel;
      if (target.add) {
        a = a.add(FloatVector.fromMemorySegment(F, Mem.ALL, y, Mem.ORDER));
        b = b.add(FloatVector.fromMemorySegment(F, Mem.ALL, y + target.pixel, Mem.ORDER));
        d = d.add(FloatVector.fromMemorySegment(F, Mem.ALL, y + 2 * target.pixel, Mem.ORDER));
        e = e.add(FloatVector.fromMemorySegment(F, Mem.ALL, y + 3 * target.pixel, Mem.ORDER));
      }
      a.intoMemorySegment(Mem.ALL, y, Mem.ORDER);
      b.intoMemorySegment(Mem.ALL, y + target.pixel, Mem.ORDER);
      d.intoMemorySegment(Mem.ALL, y + 2 * target.pixel, Mem.ORDER);
      e.intoMemorySegment(Mem.ALL, y + 3 * target.pixel, Mem.ORDER);
    }
  }

  /**
   * sums[c] += Σ over pixels of dy[pixel][c] x[pixel][c], for three taps side by side: a pixel of
   * dy is read once for all of them.
   *
   * @param tap from tap to tap, in x
   * @param sumChannel from channel to channel, in the sums; taps follow each other
   */
  static void threeTaps(
      long x,
      long xPixel,
      long xChannel,
      long tap,
      long dy,
      long dyPixel,
      long dyChannel,
      int pixels,
      int channels,
      long sums,
      long sumChannel) {
    for (int c = 0; c < channels; c++) {
      long to = sums + c * sumChannel;
      FloatVector a = FloatVector.fromMemorySegment(F, Mem.ALL, to, Mem.ORDER);
      FloatVector b = FloatVector.fromMemorySegment(F, Mem.ALL, to + BYTES, Mem.ORDER);
      FloatVector d = FloatVector.fromMemorySegment(F, Mem.ALL, to + 2L * BYTES, Mem.ORDER);
      for (int p = 0; p < pixels; p++) {
        FloatVector g =
            FloatVector.fromMemorySegment(F, Mem.ALL, dy + c * dyChannel + p * dyPixel, Mem.ORDER);
        long at = x + c * xChannel + p * xPixel;
        a = g.fma(FloatVector.fromMemorySegment(F, Mem.ALL, at, Mem.ORDER), a);
        b = g.fma(FloatVector.fromMemorySegment(F, Mem.ALL, at + tap, Mem.ORDER), b);
        d = g.fma(FloatVector.fromMemorySegment(F, Mem.ALL, at + 2 * tap, Mem.ORDER), d);
      }
      a.intoMemorySegment(Mem.ALL, to, Mem.ORDER);
      b.intoMemorySegment(Mem.ALL, to + BYTES, Mem.ORDER);
      d.intoMemorySegment(Mem.ALL, to + 2L * BYTES, Mem.ORDER);
    }
  }

  /** The same for one tap. */
  static void oneTap(
      long x,
      long xPixel,
      long xChannel,
      long dy,
      long dyPixel,
      long dyChannel,
      int pixels,
      int channels,
      long sums,
      long sumChannel) {
    for (int c = 0; c < channels; c++) {
      long to = sums + c * sumChannel;
      FloatVector a = FloatVector.fromMemorySegment(F, Mem.ALL, to, Mem.ORDER);
      for (int p = 0; p < pixels; p++) {
        a =
            FloatVector.fromMemorySegment(F, Mem.ALL, dy + c * dyChannel + p * dyPixel, Mem.ORDER)
                .fma(
                    FloatVector.fromMemorySegment(
                        F, Mem.ALL, x + c * xChannel + p * xPixel, Mem.ORDER),
                    a);
      }
      a.intoMemorySegment(Mem.ALL, to, Mem.ORDER);
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
