package dev.lanewise.kernel;

import org.jspecify.annotations.Nullable;

/**
 * Runs batch-lane block kernels over a row of pixels and all channels of a group: the loop that
 * forward and backward-data share. Rows of the block are output channels, its vectors are pixels.
 *
 * <p>Tile sizes: accumulators must cover 2 multiply-add ports x 4 cycles of latency, so at least 8,
 * and stay within the registers; a tile loads {@code rows} scalars and {@code vectors} vectors for
 * {@code rows * vectors} multiply-adds, so the squarer the better.
 */
final class PixelBlocks {
  /** Rows of the main tile and of what remains below it. */
  final int rows;

  /** Pixels of the main tile. */
  final int pixels;

  private final int channels;
  private final Epilogue epilogue;
  private final @Nullable BlockKernel[][] kernels; // [row remainder?][pixels]

  /**
   * @param channels output channels of a group
   * @param width pixels of a row
   * @param epilogue of all tiles
   */
  PixelBlocks(int channels, int width, Epilogue epilogue) {
    this.channels = channels;
    this.epilogue = epilogue;
    int budget = Lanes.REGISTERS == 32 ? 24 : 12;
    int best = 1;
    int bestPixels = 1;
    double bestCost = Double.MAX_VALUE;
    int mostRows = Lanes.REGISTERS == 32 ? 14 : 6;
    for (int r = 1; r <= Math.min(channels, mostRows); r++) {
      for (int v = 1; v <= Math.min(width, 6); v++) {
        double cost = 0;
        if (r * v > budget) {
          continue;
        }
        // Cycles for the whole row: per tile the larger of loads / 2 and multiply-adds / 2, but no
        // less than the latency of one dependent multiply-add.
        for (int rr : new int[] {r, channels % r}) {
          for (int vv : new int[] {v, width % v}) {
            if (rr == 0 || vv == 0) {
              continue;
            }
            double count = (double) (rr == r ? channels / r : 1) * (vv == v ? width / v : 1);
            double cycles = Math.max(4, Math.max(rr * vv, rr + vv + 1) / 2.0) + 0.5;
            cost += count * cycles;
          }
        }
        if (cost < bestCost) {
          bestCost = cost;
          best = r;
          bestPixels = v;
        }
      }
    }
    rows = best;
    pixels = bestPixels;
    kernels = new BlockKernel[2][pixels + 1];
    kernel(0, Math.min(pixels, width));
    if (width % pixels > 0) {
      kernel(0, width % pixels);
    }
  }

  /** Found on first use: rows of another width than the one that the tile was chosen for. */
  private BlockKernel kernel(int remainder, int v) {
    BlockKernel kernel = kernels[remainder][v];
    if (kernel == null) {
      int r = remainder == 0 ? rows : channels % rows;
      kernel = BlockKernels.get(BlockSpec.packed(r, v, epilogue));
      kernels[remainder][v] = kernel;
    }
    return kernel;
  }

  /**
   * One row of pixels.
   *
   * @param weights packed weights of the group: tile after tile of {@link #rows} channels, each
   *     [reduction][rows of the tile]
   * @param tap bytes a channel from the start of the packed weights to the first tap
   * @param reduction floats of the whole reduction a channel, to step from tile to tile
   */
  void row(
      long weights,
      long tap,
      long reduction,
      long b,
      long bPixel,
      int width,
      int depth,
      int n1,
      long a1,
      long b1,
      int n2,
      long a2,
      long b2,
      long c,
      long cPixel,
      long bias) {
    // Pixels outside, channels inside: the pixels' window stays in L1 while the weights stream from
    // L2.
    for (int x = 0; x < width; x += pixels) {
      int v = Math.min(pixels, width - x);
      long bx = b + x * bPixel;
      long cx = c + x * cPixel;
      for (int k = 0; k < channels; k += rows) {
        int r = Math.min(rows, channels - k);
        kernel(r == rows ? 0 : 1, v)
            .run(
                weights + k * reduction * 4 + tap * r,
                4L * r,
                bx,
                Lanes.BYTES,
                bPixel,
                depth,
                n1,
                a1 * r,
                b1,
                n2,
                a2 * r,
                b2,
                cx + (long) k * Lanes.BYTES,
                Lanes.BYTES,
                cPixel,
                bias + k * 4L);
      }
    }
  }

  /**
   * The plain product: for some vectors and some channels, C[vector][channel] = Σ_k A[k][channel]
   * B[vector][k].
   *
   * @param weights packed, tile after tile of {@link #rows} channels, each [depth][rows of the
   *     tile]
   * @param bVector bytes from vector to vector of B; its steps follow each other
   * @param first first channel, a multiple of {@link #rows}
   * @param end channel after the last
   * @param cVector bytes from vector to vector of C; its channels follow each other
   */
  void multiply(
      long weights,
      long b,
      long bVector,
      int vectors,
      int depth,
      int first,
      int end,
      long c,
      long cVector,
      long bias) {
    for (int x = 0; x < vectors; x += pixels) {
      int v = Math.min(pixels, vectors - x);
      for (int k = first; k < end; k += rows) {
        int r = Math.min(rows, channels - k);
        kernel(r == rows ? 0 : 1, v)
            .run(
                weights + (long) k * depth * 4,
                4L * r,
                b + x * bVector,
                Lanes.BYTES,
                bVector,
                depth,
                1,
                0,
                0,
                1,
                0,
                0,
                c + x * cVector + (long) k * Lanes.BYTES,
                Lanes.BYTES,
                cVector,
                bias + k * 4L);
      }
    }
  }
}
