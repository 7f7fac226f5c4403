package dev.lanewise.kernel;

import org.jspecify.annotations.Nullable;

/**
 * Runs batch-lane block kernels over a row of pixels, for one tile of a group's channels: the loop
 * that forward and backward-data share. Rows of the block are output channels, its vectors are
 * pixels.
 */
final class PixelBlocks {
  /** Weights that stay in L2 beside a piece of the input. */
  private static final long WEIGHTS_BYTES = 320 << 10;

  /** Rows of the main tile and of what remains below it. */
  final int rows;

  /** Pixels of the main tile. */
  final int pixels;

  private final int channels;
  private final Epilogue epilogue;
  private final @Nullable BlockKernel[][] kernels; // [row remainder?][pixels]

  /** For sums of a usual length. */
  PixelBlocks(int channels, int width, Epilogue epilogue) {
    this(channels, width, 64, epilogue);
  }

  /**
   * @param channels output channels of a group
   * @param width pixels of a row
   * @param steps of the sum
   * @param epilogue of all tiles
   */
  PixelBlocks(int channels, int width, long steps, Epilogue epilogue) {
    this.channels = channels;
    this.epilogue = epilogue;
    BlockKernels.Tile tile = BlockTiles.choose(channels, width, steps);
    rows = tile.rows();
    pixels = tile.vectors();
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
   * One row of pixels and some of the channels, see {@link #channelsAtOnce}.
   *
   * @param first the first channel, a multiple of {@link #rows}
   * @param end the channel after the last
   * @param weights packed weights of the group: tile after tile of {@link #rows} channels, each
   *     [reduction][rows of the tile]
   * @param tap bytes a channel from the start of the packed weights to the first tap
   * @param reduction floats of the whole reduction a channel, to step from tile to tile
   */
  void row(
      int first,
      int end,
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
    for (int x = 0; x < width; x += pixels) {
      int v = Math.min(pixels, width - x);
      for (int k = first; k < end; k += rows) {
        int r = Math.min(rows, channels - k);
        kernel(r == rows ? 0 : 1, v)
            .run(
                weights + k * reduction * 4 + tap * r,
                4L * r,
                b + x * bPixel,
                Lanes.BYTES,
                bPixel,
                depth,
                n1,
                a1 * r,
                b1,
                n2,
                a2 * r,
                b2,
                c + x * cPixel + (long) k * Lanes.BYTES,
                Lanes.BYTES,
                cPixel,
                bias + k * 4L);
      }
    }
  }

  /**
   * How many channels to run over a row before the next: all of them where their weights stay in
   * the cache, so that whole pixels are written; else one tile, whose weights are then read for row
   * after row of the piece.
   *
   * @param reduction weights a channel
   */
  int channelsAtOnce(long reduction) {
    return channels * reduction * Float.BYTES <= WEIGHTS_BYTES ? channels : rows;
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
