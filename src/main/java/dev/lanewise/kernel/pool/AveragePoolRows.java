package dev.lanewise.kernel.pool;

import static dev.lanewise.kernel.vector.Lanes.BYTES;
import static dev.lanewise.kernel.vector.Lanes.F;

import dev.lanewise.kernel.elementwise.Elementwise;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.kernel.vector.Mem;
import dev.lanewise.kernel.vector.VectorMemory;
import jdk.incubator.vector.FloatVector;

/**
 * The loops of average pooling, one row of what is written at a time.
 *
 * @param channels how many
 * @param rows the vertical axis
 * @param columns the horizontal axis
 * @param divisorOverride what sums are divided by, or 0 for the number of elements that count
 */
record AveragePoolRows(int channels, PoolAxis rows, PoolAxis columns, int divisorOverride) {
  /** Elements of a window above which it is walked pixel by pixel, not channel by channel. */
  private static final int LARGE = 16;

  /** What the sum of a window is multiplied by. */
  private float factor(int oh, int ow) {
    float divisor =
        divisorOverride != 0 ? divisorOverride : (float) rows.extent()[oh] * columns.extent()[ow];
    return 1 / divisor;
  }

  /** One row of the output. Addresses: the image read, the row written. */
  void forward(long x, long y, int oh) {
    int top = rows.start()[oh];
    int height = Math.max(0, rows.end()[oh] - top);
    long rowStep = (long) columns.size() * channels * BYTES;
    for (int ow = 0; ow < columns.outputs(); ow++) {
      int left = columns.start()[ow];
      int width = Math.max(0, columns.end()[ow] - left);
      long window = x + top * rowStep + (long) left * channels * BYTES;
      long target = y + (long) ow * channels * BYTES;
      float factor = factor(oh, ow);
      if (height == 2 && width == 2) {
        two(window, rowStep, (long) channels * BYTES, target, factor, channels);
      } else if (height * width <= LARGE) {
        small(window, rowStep, height, width, target, factor, channels);
      } else {
        large(window, rowStep, height, width, target, factor);
      }
    }
  }

  private static void two(
      long window, long rowStep, long columnStep, long y, float factor, int channels) {
    for (int channel = 0; channel < channels; channel++) {
      long from = window + (long) channel * BYTES;
      FloatVector.fromMemorySegment(F, Mem.ALL, from, Mem.ORDER)
          .add(FloatVector.fromMemorySegment(F, Mem.ALL, from + columnStep, Mem.ORDER))
          .add(
              FloatVector.fromMemorySegment(F, Mem.ALL, from + rowStep, Mem.ORDER)
                  .add(
                      FloatVector.fromMemorySegment(
                          F, Mem.ALL, from + rowStep + columnStep, Mem.ORDER)))
          .mul(factor)
          .intoMemorySegment(Mem.ALL, y + (long) channel * BYTES, Mem.ORDER);
    }
  }

  private static void small(
      long window, long rowStep, int height, int width, long y, float factor, int channels) {
    long columnStep = (long) channels * BYTES;
    for (int channel = 0; channel < channels; channel++) {
      long from = window + (long) channel * BYTES;
      FloatVector sum = FloatVector.zero(F);
      for (int r = 0; r < height; r++) {
        for (int s = 0; s < width; s++) {
          sum =
              sum.add(
                  FloatVector.fromMemorySegment(
                      F, Mem.ALL, from + r * rowStep + s * columnStep, Mem.ORDER));
        }
      }
      sum.mul(factor).intoMemorySegment(Mem.ALL, y + (long) channel * BYTES, Mem.ORDER);
    }
  }

  /** Memory is read in its order; the sums of a row of pixels stay in the first cache level. */
  private void large(long window, long rowStep, int height, int width, long y, float factor) {
    VectorMemory.zeroVectors(y, channels);
    for (int r = 0; r < height; r++) {
      for (int s = 0; s < width; s++) {
        long from = window + r * rowStep + (long) s * channels * BYTES;
        Elementwise.accumulateRange(y, from, channels * Lanes.L);
      }
    }
    scaled(y, factor, y, channels);
  }

  /** One row of the input's gradient. Addresses: the image of dy, the row written. */
  void backward(long dy, long dx, int ih) {
    int firstOh = rows.first()[ih];
    int endOh = rows.behind()[ih];
    for (int iw = 0; iw < columns.size(); iw++) {
      int firstOw = columns.first()[iw];
      int endOw = columns.behind()[iw];
      long target = dx + (long) iw * channels * BYTES;
      if (firstOh >= endOh || firstOw >= endOw) {
        VectorMemory.zeroVectors(target, channels);
      }
      for (int oh = firstOh; oh < endOh; oh++) {
        for (int ow = firstOw; ow < endOw; ow++) {
          long from = dy + ((long) oh * columns.outputs() + ow) * channels * BYTES;
          if (oh == firstOh && ow == firstOw) {
            scaled(from, factor(oh, ow), target, channels);
          } else {
            added(from, factor(oh, ow), target, channels);
          }
        }
      }
    }
  }

  /** y = x factor. */
  private static void scaled(long x, float factor, long y, int channels) {
    for (int channel = 0; channel < channels; channel++) {
      long offset = (long) channel * BYTES;
      FloatVector.fromMemorySegment(F, Mem.ALL, x + offset, Mem.ORDER)
          .mul(factor)
          .intoMemorySegment(Mem.ALL, y + offset, Mem.ORDER);
    }
  }

  /** y += x factor. */
  private static void added(long x, float factor, long y, int channels) {
    for (int channel = 0; channel < channels; channel++) {
      long offset = (long) channel * BYTES;
      FloatVector.fromMemorySegment(F, Mem.ALL, x + offset, Mem.ORDER)
          .fma(
              FloatVector.broadcast(F, factor),
              FloatVector.fromMemorySegment(F, Mem.ALL, y + offset, Mem.ORDER))
          .intoMemorySegment(Mem.ALL, y + offset, Mem.ORDER);
    }
  }
}
