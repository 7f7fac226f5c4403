package dev.lanewise.kernel.conv;

import static dev.lanewise.kernel.vector.Lanes.L;

import dev.lanewise.kernel.block.BlockKernel;
import dev.lanewise.kernel.block.BlockKernels;
import dev.lanewise.kernel.block.BlockSpec;
import dev.lanewise.kernel.block.Epilogue;
import dev.lanewise.kernel.block.RowBlocks;
import dev.lanewise.kernel.team.Chunks;
import dev.lanewise.kernel.team.Scratch;
import dev.lanewise.kernel.team.Team;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.kernel.vector.Operand;
import dev.lanewise.kernel.vector.VectorMemory;
import org.jspecify.annotations.Nullable;

/**
 * Convolution of few images, forward: the vector lanes are output channels, and images lie as
 * [N][H][W][C]. In batch lanes one image would cost as much as L of them.
 *
 * <p>It is the product of patches [pixels][R S C] and weights [R S C][K]. A task takes some output
 * pixels and copies, for one slice of the sum after the other, what they see side by side: zeros
 * where that is padding. So the same few kernels serve any size of image, stride, padding and
 * dilation. Copying is a few per cent of the work, since what is copied is multiplied by all output
 * channels of the task. The patches of a slice stay in L2, those of a block in L1; the weights are
 * read in their order.
 *
 * <p>Each output is the sum of its slices in their order, whatever the tasks are: so tasks may
 * depend on the number of threads, and the bits do not.
 */
public final class ConvChannelsLast {
  /** Steps of a slice: the 14 patches of a block have 32 KB of the 48 KB of L1. */
  private static final int SLICE = 576;

  /**
   * From patch to patch, the same for all convolutions, because it is a constant of a kernel: an
   * odd number of cache lines, which no two rows of a block share a set for.
   */
  private static final int PATCH_BYTES = (SLICE + 16) * Float.BYTES;

  /** Blocks of pixels of a task: the weights are read once for them, from L2 or memory. */
  private static final int BLOCKS = 5;

  /** Weights of a task that still are in L2 when the next image comes, perhaps. */
  private static final long NEAR_BYTES = 512 << 10;

  /** Uneven tasks no longer matter where there are so many for each thread. */
  private static final int MANY_TASKS = 8;

  private ConvChannelsLast() {}

  /** Output channels of a panel of packed weights, which are [K / panel][R][S][C][panel]. */
  public static int panel(int k) {
    return k % (2 * L) == 0 ? 2 * L : L;
  }

  /**
   * y = x * w + bias.
   *
   * @param x [N][H][W][C]
   * @param w packed, see {@link #panel}
   * @param bias [K], or null
   * @param y [N][OH][OW][K], overwritten
   * @param d one group, K a multiple of the lanes
   */
  public static void forward(
      Operand x, Operand w, @Nullable Operand bias, Operand y, Conv2dDims d) {
    long from = Operand.address(x);
    long weights = Operand.address(w);
    long biases = bias == null ? 0 : Operand.address(bias);
    long to = Operand.address(y);
    int panel = panel(d.K());
    int panels = d.K() / panel;
    int vectors = panel / L;
    RowBlocks blocks =
        RowBlocks.even(Math.multiplyExact(d.N(), d.OH() * d.OW()), BlockKernels.largeTile().rows());
    BlockKernel high = kernel(blocks.high(), vectors);
    BlockKernel low = blocks.low() == 0 ? high : kernel(blocks.high() - 1, vectors);
    int groups = groups(blocks.count());
    int parts = parts(groups, panels);
    int sum = d.R() * d.S() * d.C();
    Team.global()
        .run(
            groups * parts,
            task -> {
              int group = task / parts;
              int firstBlock = Chunks.first(group, groups, blocks.count());
              int endBlock = Chunks.first(group + 1, groups, blocks.count());
              int firstPanel = Chunks.first(task % parts, parts, panels);
              int endPanel = Chunks.first(task % parts + 1, parts, panels);
              int first = blocks.first(firstBlock);
              int end = blocks.first(endBlock);
              long outPixel = (long) d.K() * Float.BYTES;
              int k = firstPanel * panel;
              int channels = (endPanel - firstPanel) * panel;
              for (int pixel = first; pixel < end; pixel++) {
                begin(to + pixel * outPixel + k * 4L, bias == null ? 0 : biases + k * 4L, channels);
              }
              boolean streamed = (long) channels * sum * Float.BYTES > NEAR_BYTES;
              long patches = Scratch.address((long) (end - first) * PATCH_BYTES);
              for (int step = 0; step < sum; step += SLICE) {
                int depth = Math.min(SLICE, sum - step);
                patches(from, first, end, step, depth, patches, d);
                for (int p = firstPanel; p < endPanel; p++) {
                  long b = weights + ((long) p * sum + step) * panel * Float.BYTES;
                  if (streamed) {
                    ConvParts.fetch(
                        b, (long) depth * panel * Float.BYTES, patches + SLICE * Float.BYTES);
                  }
                  for (int block = firstBlock; block < endBlock; block++) {
                    int pixel = blocks.first(block);
                    (blocks.height(block) == blocks.high() ? high : low)
                        .run(
                            patches + (long) (pixel - first) * PATCH_BYTES,
                            Float.BYTES,
                            b,
                            (long) panel * Float.BYTES,
                            Lanes.BYTES,
                            depth,
                            1,
                            0,
                            0,
                            1,
                            0,
                            0,
                            to + pixel * outPixel + (long) p * panel * Float.BYTES,
                            outPixel,
                            Lanes.BYTES,
                            0);
                  }
                }
              }
            });
  }

  private static BlockKernel kernel(int rows, int vectors) {
    return BlockKernels.get(BlockSpec.strided(rows, vectors, PATCH_BYTES, Epilogue.ACCUMULATE));
  }

  /** Groups of blocks: an even number for the threads, where there are so many blocks. */
  private static int groups(int blocks) {
    int groups = Math.ceilDiv(blocks, BLOCKS);
    int even = Math.ceilDiv(groups, Team.global().threads()) * Team.global().threads();
    return groups > 1 && even <= blocks ? even : groups;
  }

  /**
   * Into how many parts the output channels are cut: where there are few pixels, each thread has
   * some channels, and reads their weights only.
   */
  private static int parts(int groups, int panels) {
    int threads = Team.global().threads();
    int parts = 1;
    while (groups * parts % threads != 0
        && groups * parts < MANY_TASKS * threads
        && 2 * parts <= panels) {
      parts *= 2;
    }
    return parts;
  }

  /** What the sums of a pixel begin with. */
  private static void begin(long y, long bias, int channels) {
    if (bias == 0) {
      VectorMemory.zeroVectors(y, channels / L);
    } else {
      VectorMemory.copyVectors(bias, y, channels / L);
    }
  }

  /**
   * What output pixels see, in the order [R][S][C], from one step on. Taps that follow each other
   * in memory are copied as one run. There is no division for a run, which would take longer than
   * to copy 64 channels.
   *
   * @param first the first pixel
   * @param end the pixel after the last
   * @param step of the sum, the first
   * @param depth how many steps
   */
  private static void patches(
      long x, int first, int end, int step, int depth, long to, Conv2dDims d) {
    int taps = d.dilationW() == 1 ? d.S() : 1; // of a run
    int c = d.C();
    int length = taps * c;
    int firstRun = step / length;
    int firstRow = firstRun / (d.S() / taps);
    int firstTap = (firstRun - firstRow * (d.S() / taps)) * taps;
    int skipped = step - firstRun * length;
    int height = d.OH();
    int width = d.OW();
    long rowBytes = (long) d.W() * c * Float.BYTES;
    long imageBytes = d.H() * rowBytes;
    int j = first % width;
    int i = first / width % height;
    long image = x + first / width / height * imageBytes;
    for (int pixel = first; pixel < end; pixel++) {
      int row = i * d.strideH() - d.padH() + firstRow * d.dilationH();
      int left = j * d.strideW() - d.padW();
      int tap = firstTap;
      int start = skipped;
      long target = to + (long) (pixel - first) * PATCH_BYTES;
      int rest = depth;
      while (rest > 0) {
        int count = Math.min(length - start, rest);
        int column = left + tap * d.dilationW();
        long source = image + row * rowBytes + (long) column * c * Float.BYTES;
        if (row < 0 || row >= d.H()) {
          VectorMemory.fill(target, 0, count);
        } else if (column >= 0 && column + taps <= d.W()) {
          VectorMemory.copy(source + start * 4L, target, count);
        } else {
          copyInside(
              source,
              start,
              start + count,
              -column * (long) c,
              (d.W() - column) * (long) c,
              target);
        }
        target += count * 4L;
        rest -= count;
        start = 0;
        tap += taps;
        if (tap == d.S()) {
          tap = 0;
          row += d.dilationH();
        }
      }
      if (++j == width) {
        j = 0;
        if (++i == height) {
          i = 0;
          image += imageBytes;
        }
      }
    }
  }

  /** Floats of a run, from {@code start} to {@code stop}: zeros but for those inside the image. */
  private static void copyInside(
      long run, int start, int stop, long inside, long outside, long target) {
    int from = Math.clamp(inside, start, stop);
    int until = Math.clamp(outside, from, stop);
    VectorMemory.fill(target, 0, from - start);
    VectorMemory.copy(run + from * 4L, target + (from - start) * 4L, until - from);
    VectorMemory.fill(target + (until - start) * 4L, 0, stop - until);
  }
}
