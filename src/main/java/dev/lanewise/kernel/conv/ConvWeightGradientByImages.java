package dev.lanewise.kernel.conv;

import dev.lanewise.kernel.block.BlockKernel;
import dev.lanewise.kernel.block.BlockKernels;
import dev.lanewise.kernel.block.BlockSpec;
import dev.lanewise.kernel.block.Epilogue;
import dev.lanewise.kernel.vector.LaneSums;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.kernel.vector.Operand;

/**
 * Direct convolution, backward to the weight, with the lanes over images, as both operands lie:
 * nothing is transposed, and each lane has a sum of its own until the end. So there are as many
 * vectors of sums as there are weights, which is why this form serves where those are few: below
 * half a vector of output channels, and in first layers, where a transpose of dy would be a large
 * part of the work.
 */
final class ConvWeightGradientByImages extends ConvWeightGradientTasks {
  /** What the tiles of one piece read again and again: it stays in L2, beside the sums. */
  private static final long CACHE_BYTES = 512 << 10;

  /** Fewer than in the form by channels, for each has more sums to be added. */
  private static final int MOST_TASKS = 8;

  /**
   * Sums of a task. With more of them (3 to 64 channels, 3x3) two threads were at times no faster
   * than one, probably while one processor was left to the compiler (docs/notes/convolution.md).
   */
  private static final long FEW_SUM_BYTES = 32 << 10;

  /** Products of x and dy for each vector of dy: with more, a transpose of dy is a small part. */
  private static final int FEW_TAPS = 32;

  private ConvWeightGradientByImages(Operand x, Operand dy, Operand dw, Conv2dDims d) {
    super(
        x,
        dy,
        dw,
        d,
        d.groupK(),
        d.groupK(),
        (long) d.groupK() * Lanes.BYTES,
        CACHE_BYTES,
        MOST_TASKS,
        1);
  }

  /** Whether this form is the faster one; lanes without an image would cost as much as others. */
  static boolean serves(Conv2dDims d) {
    int taps = d.R() * d.S() * d.C();
    boolean fewTaps =
        d.groups() == 1
            && taps <= FEW_TAPS
            && (long) taps * d.K() * Lanes.BYTES <= FEW_SUM_BYTES
            && 8 * d.N() >= 7 * Lanes.roundUp(d.N());
    return fewTaps || 2 * d.groupK() < Lanes.L;
  }

  static void run(Operand x, Operand dy, Operand dw, Conv2dDims d) {
    new ConvWeightGradientByImages(x, dy, dw, d).run();
  }

  @Override
  BlockKernel kernel(int rows, int vectors) {
    return BlockKernels.get(BlockSpec.lanes(rows, vectors, Epilogue.ACCUMULATE));
  }

  @Override
  long preparedBytes() {
    return 0;
  }

  /** dy stays where it is. */
  @Override
  long prepare(
      int block, int oy, int ox, int rows, int columns, int g, int part, long target, long buffer) {
    long pixel = ((long) block * d.OH() + oy) * d.OW() + ox;
    return dy + (pixel * d.K() + (long) g * groupK) * Lanes.BYTES;
  }

  @Override
  long tile(long prepared, int k, int pixels) {
    return prepared + (long) k * Lanes.BYTES;
  }

  @Override
  long pixelBytes(int tileVectors) {
    return (long) d.K() * Lanes.BYTES;
  }

  @Override
  int rowPixels(int columns) {
    return d.OW();
  }

  /** Sums over the lanes. */
  @Override
  void finish(int g, int part, long sums, int firstC, int endC) {
    int taps = d.R() * d.S();
    long output = (long) groupC * taps * Float.BYTES;
    for (int k = 0; k < groupK; k += tileVectors) {
      int v = Math.min(tileVectors, groupK - k);
      for (int t = 0; t < taps; t++) {
        LaneSums.reduce(
            sum(sums, k, groupK, (long) t * groupC + firstC),
            endC - firstC,
            v,
            dw + (g * groupK + k) * output + ((long) firstC * taps + t) * Float.BYTES,
            (long) taps * Float.BYTES,
            output,
            false);
      }
    }
  }
}
