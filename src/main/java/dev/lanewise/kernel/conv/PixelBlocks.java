package dev.lanewise.kernel.conv;

import dev.lanewise.kernel.block.BlockKernel;
import dev.lanewise.kernel.block.BlockKernels;
import dev.lanewise.kernel.block.BlockSpec;
import dev.lanewise.kernel.block.BlockTiles;
import dev.lanewise.kernel.block.Epilogue;
import dev.lanewise.kernel.block.RowBlocks;
import dev.lanewise.kernel.vector.Lanes;
import org.jspecify.annotations.Nullable;

/**
 * Runs batch-lane block kernels over a row of pixels, for one tile of a group's channels: the loop
 * that forward and backward-data share. Rows of the block are output channels, its vectors are
 * pixels.
 */
final class PixelBlocks {
  /** Weights that stay in L2 beside a piece of the input. */
  private static final long WEIGHTS_BYTES = 320 << 10;

  /**
   * Weights of a product that come from the third cache level: where they are read once or twice,
   * each block fetches those of the next (512 channels gain 13 to 19%).
   */
  private static final long STREAMED_BYTES = 768 << 10;

  /** The channels, in blocks. */
  final RowBlocks rows;

  /** Pixels of the main tile. */
  final int pixels;

  private final Epilogue epilogue;
  private final @Nullable BlockKernel[][] kernels; // [a row less?][pixels]
  private final @Nullable BlockKernel[][] fetching; // the same, which fetch

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
    this.epilogue = epilogue;
    BlockKernels.Tile tile = BlockTiles.choose(channels, width, steps);
    rows = RowBlocks.even(channels, tile.rows());
    pixels = tile.vectors();
    kernels = new BlockKernel[2][pixels + 1];
    fetching = new BlockKernel[2][pixels + 1];
    kernel(rows.high(), Math.min(pixels, width));
    if (width % pixels > 0) {
      kernel(rows.high(), width % pixels);
    }
  }

  /** Found on first use: rows of another width than the one that the tile was chosen for. */
  private BlockKernel kernel(int r, int v) {
    return kernel(r, v, false);
  }

  private BlockKernel kernel(int r, int v, boolean fetches) {
    @Nullable BlockKernel[][] of = fetches ? fetching : kernels;
    int less = rows.high() - r;
    BlockKernel kernel = of[less][v];
    if (kernel == null) {
      BlockSpec spec = BlockSpec.packed(r, v, epilogue);
      kernel = BlockKernels.get(fetches ? spec.fetching() : spec);
      of[less][v] = kernel;
    }
    return kernel;
  }

  /**
   * One row of pixels and some of the blocks of channels, see {@link #blocksAtOnce}.
   *
   * @param first the first block
   * @param end the block after the last
   * @param weights packed weights of the group: block after block of {@link #rows}, each
   *     [reduction][rows of the block]
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
      for (int block = first; block < end; block++) {
        int k = rows.first(block);
        int r = rows.height(block);
        kernel(r, v)
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
   * How many blocks to run over a row before the next: all of them where their weights stay in the
   * cache, so that whole pixels are written; else one, whose weights are then read for row after
   * row of the piece.
   *
   * @param reduction weights a channel
   */
  int blocksAtOnce(long reduction) {
    return rows.rows() * reduction * Float.BYTES <= WEIGHTS_BYTES ? rows.count() : 1;
  }

  /**
   * The plain product: for some vectors and some blocks of channels, C[vector][channel] = Σ_k
   * A[k][channel] B[vector][k].
   *
   * @param weights packed, block after block of {@link #rows}, each [depth][rows of the block]
   * @param bVector bytes from vector to vector of B; its steps follow each other
   * @param first first block
   * @param end block after the last
   * @param c where channel 0 is, or would be
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
    boolean streamed =
        !epilogue.addsBias()
            && vectors <= 2 * pixels
            && (long) rows.rows() * depth * Float.BYTES >= STREAMED_BYTES;
    for (int x = 0; x < vectors; x += pixels) {
      int v = Math.min(pixels, vectors - x);
      for (int block = first; block < end; block++) {
        int k = rows.first(block);
        int r = rows.height(block);
        int next = block + 1 < end ? k + r : rows.first(first);
        kernel(r, v, streamed)
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
                streamed ? weights + (long) next * depth * 4 : bias + k * 4L);
      }
    }
  }
}
