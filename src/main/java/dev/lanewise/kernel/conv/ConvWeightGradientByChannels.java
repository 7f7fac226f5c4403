package dev.lanewise.kernel.conv;

import dev.lanewise.kernel.block.BlockKernel;
import dev.lanewise.kernel.block.BlockKernels;
import dev.lanewise.kernel.block.BlockSpec;
import dev.lanewise.kernel.block.Epilogue;
import dev.lanewise.kernel.elementwise.TileTranspose;
import dev.lanewise.kernel.team.Scratch;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.kernel.vector.Operand;

/**
 * Direct convolution, backward to the weight, with the lanes over output channels: dy is transposed
 * once, from [pixel][K][image] to [pixel][image][K], in pieces that stay in the cache; then x is
 * read as scalars, as it lies (neighbouring channels are a vector apart, images a float), and the
 * sum over images, columns and rows is that of an ordinary block. Beside the form with the lanes
 * over images ({@link ConvWeightGradientByImages}) it has a sixteenth of the sums, and lanes
 * without an image cost nothing.
 */
final class ConvWeightGradientByChannels extends ConvWeightGradientTasks {
  /** What the tiles of one piece read again and again: it stays in L2, beside the sums. */
  private static final long CACHE_BYTES = 512 << 10;

  /** Vectors of output channels of a task: x is read from outer caches once for each task. */
  private static final int PART_VECTORS = 4;

  private static final int MOST_TASKS = 16;

  private ConvWeightGradientByChannels(
      Operand x, Operand dy, Operand dw, Conv2dDims d, int vectors, int partVectors) {
    super(
        x,
        dy,
        dw,
        d,
        vectors,
        partVectors,
        (long) Lanes.L * partVectors * Lanes.BYTES,
        CACHE_BYTES,
        MOST_TASKS,
        Lanes.L);
  }

  static void run(Operand x, Operand dy, Operand dw, Conv2dDims d) {
    int vectors = Math.ceilDiv(d.groupK(), Lanes.L);
    int part = Math.min(vectors, PART_VECTORS);
    new ConvWeightGradientByChannels(x, dy, dw, d, vectors, part).run();
  }

  @Override
  BlockKernel kernel(int rows, int vectors) {
    return BlockKernels.get(BlockSpec.strided(rows, vectors, Lanes.BYTES, Epilogue.ACCUMULATE));
  }

  @Override
  long preparedBytes() {
    return (long) rowsAtOnce * columnsAtOnce * Lanes.L * partVectors * Lanes.BYTES;
  }

  /** dy of a piece as [tile of vectors][row][column][image][channels of the tile]. */
  @Override
  long prepare(
      int block, int oy, int ox, int rows, int columns, int g, int part, long target, long buffer) {
    int vectors = vectors(part);
    int first = part * partVectors * Lanes.L;
    for (int k = 0; k < vectors; k++) {
      int tile = k / tileVectors * tileVectors;
      long image = (long) Math.min(tileVectors, vectors - tile) * Lanes.BYTES;
      long to = tile(target, tile, rows * columns) + (long) (k - tile) * Lanes.BYTES;
      int channels = Math.min(Lanes.L, groupK - first - k * Lanes.L);
      for (int i = 0; i < rows; i++) {
        long from =
            dy
                + ((((long) block * d.OH() + oy + i) * d.OW() + ox) * d.K()
                        + (long) g * groupK
                        + first
                        + (long) k * Lanes.L)
                    * Lanes.BYTES;
        for (int j = 0; j < columns; j++) {
          TileTranspose.run(
              from + (long) j * d.K() * Lanes.BYTES,
              Lanes.BYTES,
              channels,
              Lanes.L,
              to + ((long) i * columns + j) * Lanes.L * image,
              image,
              Lanes.L,
              Lanes.L,
              buffer);
        }
      }
    }
    return target;
  }

  @Override
  long tile(long prepared, int k, int pixels) {
    return prepared + (long) k * pixels * Lanes.L * Lanes.BYTES;
  }

  @Override
  long pixelBytes(int tileVectors) {
    return (long) Lanes.L * tileVectors * Lanes.BYTES;
  }

  @Override
  int rowPixels(int columns) {
    return columns;
  }

  /** Transposes the sums. */
  @Override
  void finish(int g, int part, long sums, int firstC, int endC) {
    int vectors = vectors(part);
    int taps = d.R() * d.S();
    long buffer = Scratch.address();
    int first = part * partVectors * Lanes.L;
    // What lies side by side in dw: the taps of a channel, or, with one tap, the channels.
    int outer = taps == 1 ? 1 : endC - firstC;
    int inner = taps == 1 ? endC - firstC : taps;
    for (int k = 0; k < vectors; k++) {
      int channels = Math.min(Lanes.L, groupK - first - k * Lanes.L);
      long row = sum(sums, k, vectors, 1) - sum(sums, k, vectors, 0);
      long innerRow = taps == 1 ? row : groupC * row;
      long to = dw + ((long) g * groupK + first + (long) k * Lanes.L) * groupC * taps * 4;
      for (int c = 0; c < outer; c++) {
        long from = sum(sums, k, vectors, firstC + c);
        for (int i = 0; i < inner; i += Lanes.L) {
          int count = Math.min(Lanes.L, inner - i);
          TileTranspose.run(
              from + i * innerRow,
              innerRow,
              count,
              channels,
              to + ((long) (firstC + c) * taps + i) * 4,
              (long) groupC * taps * 4,
              channels,
              count,
              buffer);
        }
      }
    }
  }
}
