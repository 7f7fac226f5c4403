package dev.lanewise.kernel;

import static dev.lanewise.kernel.Lanes.L;

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
    int groups = Math.ceilDiv(blocks.count(), BLOCKS);
    int parts = parts(groups, panels);
    int sum = d.R() * d.S() * d.C();
    Team.global()
        .run(
            groups * parts,
            task -> {
              int group = task / parts;
              int firstBlock = (int) ((long) group * blocks.count() / groups);
              int endBlock = (int) ((group + 1L) * blocks.count() / groups);
              int firstPanel = task % parts * panels / parts;
              int endPanel = (task % parts + 1) * panels / parts;
              int first = blocks.first(firstBlock);
              int end = blocks.first(endBlock);
              long outPixel = (long) d.K() * Float.BYTES;
              int k = firstPanel * panel;
              int channels = (endPanel - firstPanel) * panel;
              for (int pixel = first; pixel < end; pixel++) {
                begin(to + pixel * outPixel + k * 4L, bias == null ? 0 : biases + k * 4L, channels);
              }
              long patches = Scratch.address((long) (end - first) * PATCH_BYTES);
              for (int step = 0; step < sum; step += SLICE) {
                int depth = Math.min(SLICE, sum - step);
                for (int pixel = first; pixel < end; pixel++) {
                  long patch = patches + (long) (pixel - first) * PATCH_BYTES;
                  patch(from, pixel, step, step + depth, patch, d);
                }
                for (int p = firstPanel; p < endPanel; p++) {
                  long b = weights + ((long) p * sum + step) * panel * Float.BYTES;
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
   * What an output pixel sees, in the order [R][S][C], from one step to another. Taps that follow
   * each other in memory are copied as one run.
   */
  private static void patch(long x, int pixel, int first, int end, long to, Conv2dDims d) {
    int taps = d.dilationW() == 1 ? d.S() : 1; // of a run
    int runs = d.S() / taps; // in a row of the weight
    int c = d.C();
    int length = taps * c;
    int area = d.OH() * d.OW();
    int top = pixel % area / d.OW() * d.strideH() - d.padH();
    int left = pixel % d.OW() * d.strideW() - d.padW();
    long image = x + (long) (pixel / area) * d.H() * d.W() * c * Float.BYTES;
    int next;
    for (int step = first; step < end; step = next) {
      int run = step / length;
      int start = step - run * length;
      next = Math.min(end, (run + 1) * length);
      int stop = start + next - step;
      int row = top + run / runs * d.dilationH();
      int column = left + run % runs * d.dilationW();
      boolean inside = row >= 0 && row < d.H() && column < d.W() && column + taps > 0;
      // Of the run, what lies in the image: from one float to another.
      int from = inside ? Math.clamp(-column * (long) c, start, stop) : stop;
      int until = inside ? Math.clamp((d.W() - column) * (long) c, from, stop) : stop;
      long target = to + (long) (step - first - start) * Float.BYTES;
      if (start < from) {
        VectorMemory.fill(target + (long) start * Float.BYTES, 0, from - start);
      }
      if (from < until) {
        VectorMemory.copy(
            image + (((long) row * d.W() + column) * c + from) * Float.BYTES,
            target + (long) from * Float.BYTES,
            until - from);
      }
      if (until < stop) {
        VectorMemory.fill(target + (long) until * Float.BYTES, 0, stop - until);
      }
    }
  }
}
