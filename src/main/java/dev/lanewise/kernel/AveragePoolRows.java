package dev.lanewise.kernel;

import static dev.lanewise.kernel.Lanes.BYTES;
import static dev.lanewise.kernel.Lanes.F;

import jdk.incubator.vector.FloatVector;

/**
 * The loops of average pooling, one row of what is written at a time.
 *
 * @param dims the sizes
 * @param countIncludePad whether the padding counts as zeros
 * @param divisorOverride what sums are divided by, or 0
 */
record AveragePoolRows(Pool2dDims dims, boolean countIncludePad, int divisorOverride) {
  /** What the sum of a window is divided by. */
  private float divisor(int oh, int ow) {
    if (divisorOverride != 0) {
      return divisorOverride;
    }
    return (float) extent(oh, dims.strideH(), dims.padH(), dims.kernelH(), dims.H())
        * extent(ow, dims.strideW(), dims.padW(), dims.kernelW(), dims.W());
  }

  /** The elements of a window, along one axis, that count. */
  private int extent(int window, int stride, int pad, int kernel, int size) {
    int start = window * stride - pad;
    return countIncludePad
        ? Math.min(start + kernel, size + pad) - start
        : Math.min(start + kernel, size) - Math.max(start, 0);
  }

  /** One row of the output. Addresses: the image read, the row written. */
  void forward(long x, long y, int oh) {
    int c = dims.C();
    int top = oh * dims.strideH() - dims.padH();
    int firstR = Math.max(0, top);
    int endR = Math.min(dims.H(), top + dims.kernelH());
    for (int ow = 0; ow < dims.OW(); ow++) {
      int left = ow * dims.strideW() - dims.padW();
      int firstS = Math.max(0, left);
      int endS = Math.min(dims.W(), left + dims.kernelW());
      float divisor = divisor(oh, ow);
      for (int channel = 0; channel < c; channel++) {
        long from = x + (long) channel * BYTES;
        FloatVector sum = FloatVector.zero(F);
        for (int ih = firstR; ih < endR; ih++) {
          for (int iw = firstS; iw < endS; iw++) {
            sum =
                sum.add(
                    FloatVector.fromMemorySegment(
                        F, Mem.ALL, from + ((long) ih * dims.W() + iw) * c * BYTES, Mem.ORDER));
          }
        }
        sum.div(divisor)
            .intoMemorySegment(Mem.ALL, y + ((long) ow * c + channel) * BYTES, Mem.ORDER);
      }
    }
  }

  /** One row of the input's gradient. Addresses: the image of dy, the row written. */
  void backward(long dy, long dx, int ih) {
    int c = dims.C();
    int firstOh = firstWindow(ih, dims.padH(), dims.kernelH(), dims.strideH());
    int endOh = Math.min(dims.OH(), (ih + dims.padH()) / dims.strideH() + 1);
    for (int iw = 0; iw < dims.W(); iw++) {
      int firstOw = firstWindow(iw, dims.padW(), dims.kernelW(), dims.strideW());
      int endOw = Math.min(dims.OW(), (iw + dims.padW()) / dims.strideW() + 1);
      long target = dx + (long) iw * c * BYTES;
      if (firstOh >= endOh || firstOw >= endOw) {
        VectorMemory.zeroVectors(target, c);
      }
      for (int oh = firstOh; oh < endOh; oh++) {
        for (int ow = firstOw; ow < endOw; ow++) {
          long from = dy + ((long) oh * dims.OW() + ow) * c * BYTES;
          boolean first = oh == firstOh && ow == firstOw;
          spread(from, divisor(oh, ow), target, c, first);
        }
      }
    }
  }

  /** dx = dy / divisor, or dx += dy / divisor, for the channels of a pixel. */
  private static void spread(long dy, float divisor, long dx, int channels, boolean first) {
    if (first) {
      for (int channel = 0; channel < channels; channel++) {
        long offset = (long) channel * BYTES;
        FloatVector.fromMemorySegment(F, Mem.ALL, dy + offset, Mem.ORDER)
            .div(divisor)
            .intoMemorySegment(Mem.ALL, dx + offset, Mem.ORDER);
      }
    } else {
      for (int channel = 0; channel < channels; channel++) {
        long offset = (long) channel * BYTES;
        FloatVector.fromMemorySegment(F, Mem.ALL, dx + offset, Mem.ORDER)
            .add(FloatVector.fromMemorySegment(F, Mem.ALL, dy + offset, Mem.ORDER).div(divisor))
            .intoMemorySegment(Mem.ALL, dx + offset, Mem.ORDER);
      }
    }
  }

  /** The first window along one axis that reaches an element. */
  private static int firstWindow(int at, int pad, int kernel, int stride) {
    return Math.max(0, Math.ceilDiv(at + pad - kernel + 1, stride));
  }
}
