package dev.lanewise.kernel.pool;

import dev.lanewise.kernel.elementwise.ScalarElementwise;
import dev.lanewise.kernel.elementwise.ScalarReorder;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.kernel.vector.Mem;
import dev.lanewise.kernel.vector.Operand;

/**
 * The scalar twin of {@link Pooling}. The places of the maxima are ints here, one for every element
 * of the output: the place of the maximum in the image of its channel.
 */
public final class ScalarPooling {
  private ScalarPooling() {}

  /** What is done for one element of the output. */
  @FunctionalInterface
  private interface Body {
    void run(int image, int oh, int ow, int channel, long output);
  }

  private static void outputs(Pool2dDims d, Body body) {
    for (int image = 0; image < Lanes.roundUp(d.N()); image++) {
      for (int oh = 0; oh < d.OH(); oh++) {
        for (int ow = 0; ow < d.OW(); ow++) {
          for (int channel = 0; channel < d.C(); channel++) {
            body.run(
                image,
                oh,
                ow,
                channel,
                ScalarReorder.lane(image, oh, ow, channel, d.OH(), d.OW(), d.C()) * 4);
          }
        }
      }
    }
  }

  private static long input(Pool2dDims d, int image, int h, int w, int channel) {
    return ScalarReorder.lane(image, h, w, channel, d.H(), d.W(), d.C()) * 4;
  }

  /** See {@link Pooling#maxForward}. */
  public static void maxForward(Operand x, Operand y, Operand argmaxInts, Pool2dDims d) {
    outputs(
        d,
        (image, oh, ow, channel, output) -> {
          float best = Float.NEGATIVE_INFINITY;
          int place = -1;
          for (int r = 0; r < d.kernelH(); r++) {
            for (int s = 0; s < d.kernelW(); s++) {
              int h = oh * d.strideH() - d.padH() + r * d.dilationH();
              int w = ow * d.strideW() - d.padW() + s * d.dilationW();
              if (h < 0 || h >= d.H() || w < 0 || w >= d.W()) {
                continue;
              }
              float value = Mem.get(Operand.address(x) + input(d, image, h, w, channel));
              if (place < 0 || value > best || Float.isNaN(value)) {
                best = value;
                place = h * d.W() + w;
              }
            }
          }
          Mem.set(Operand.address(y) + output, best);
          Mem.ALL.set(Mem.INT, Operand.address(argmaxInts) + output, place);
        });
  }

  /** See {@link Pooling#maxBackward}. */
  public static void maxBackward(Operand dy, Operand argmaxInts, Operand dx, Pool2dDims d) {
    clear(dx, d);
    outputs(
        d,
        (image, oh, ow, channel, output) -> {
          int place = Mem.ALL.get(Mem.INT, Operand.address(argmaxInts) + output);
          long at = Operand.address(dx) + input(d, image, place / d.W(), place % d.W(), channel);
          Mem.set(at, Mem.get(at) + Mem.get(Operand.address(dy) + output));
        });
  }

  /** See {@link Pooling#maxGather}. */
  public static void maxGather(Operand g, Operand argmaxInts, Operand y, Pool2dDims d) {
    outputs(
        d,
        (image, oh, ow, channel, output) -> {
          int place = Mem.ALL.get(Mem.INT, Operand.address(argmaxInts) + output);
          long at = Operand.address(g) + input(d, image, place / d.W(), place % d.W(), channel);
          Mem.set(Operand.address(y) + output, Mem.get(at));
        });
  }

  private static void clear(Operand dx, Pool2dDims d) {
    long elements = (long) Lanes.roundUp(d.N()) * d.C() * d.H() * d.W();
    ScalarElementwise.fill(dx, 0, elements);
  }

  private static float divisor(
      Pool2dDims d, int oh, int ow, boolean countIncludePad, int divisorOverride) {
    if (divisorOverride != 0) {
      return divisorOverride;
    }
    int count = 0;
    for (int r = 0; r < d.kernelH(); r++) {
      for (int s = 0; s < d.kernelW(); s++) {
        int h = oh * d.strideH() - d.padH() + r;
        int w = ow * d.strideW() - d.padW() + s;
        boolean inside = h >= 0 && h < d.H() && w >= 0 && w < d.W();
        boolean inPadding = h < d.H() + d.padH() && w < d.W() + d.padW();
        count += inside || (countIncludePad && inPadding) ? 1 : 0;
      }
    }
    return count;
  }

  /** See {@link Pooling#averageForward}. */
  public static void averageForward(
      Operand x, Operand y, Pool2dDims d, boolean countIncludePad, int divisorOverride) {
    outputs(
        d,
        (image, oh, ow, channel, output) -> {
          double sum = 0;
          for (int r = 0; r < d.kernelH(); r++) {
            for (int s = 0; s < d.kernelW(); s++) {
              int h = oh * d.strideH() - d.padH() + r;
              int w = ow * d.strideW() - d.padW() + s;
              if (h >= 0 && h < d.H() && w >= 0 && w < d.W()) {
                sum += Mem.get(Operand.address(x) + input(d, image, h, w, channel));
              }
            }
          }
          float divisor = divisor(d, oh, ow, countIncludePad, divisorOverride);
          Mem.set(Operand.address(y) + output, (float) (sum / divisor));
        });
  }

  /** See {@link Pooling#averageBackward}. */
  public static void averageBackward(
      Operand dy, Operand dx, Pool2dDims d, boolean countIncludePad, int divisorOverride) {
    clear(dx, d);
    outputs(
        d,
        (image, oh, ow, channel, output) -> {
          float divisor = divisor(d, oh, ow, countIncludePad, divisorOverride);
          float share = Mem.get(Operand.address(dy) + output) / divisor;
          for (int r = 0; r < d.kernelH(); r++) {
            for (int s = 0; s < d.kernelW(); s++) {
              int h = oh * d.strideH() - d.padH() + r;
              int w = ow * d.strideW() - d.padW() + s;
              if (h >= 0 && h < d.H() && w >= 0 && w < d.W()) {
                long at = Operand.address(dx) + input(d, image, h, w, channel);
                Mem.set(at, Mem.get(at) + share);
              }
            }
          }
        });
  }
}
