package dev.lanewise.kernel.conv;

import dev.lanewise.kernel.block.BlockKernel;
import dev.lanewise.kernel.block.BlockKernels;
import dev.lanewise.kernel.block.BlockSpec;
import dev.lanewise.kernel.block.BlockTiles;
import dev.lanewise.kernel.block.Epilogue;
import dev.lanewise.kernel.block.RowBlocks;
import dev.lanewise.kernel.elementwise.TileTranspose;
import dev.lanewise.kernel.team.Chunks;
import dev.lanewise.kernel.team.Scratch;
import dev.lanewise.kernel.team.Team;
import dev.lanewise.kernel.vector.Caches;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.kernel.vector.Mem;
import dev.lanewise.kernel.vector.Operand;
import dev.lanewise.kernel.vector.VectorMemory;
import dev.lanewise.memory.Block;
import dev.lanewise.memory.Pool;

/**
 * Direct convolution, backward to the weight, with the lanes over the taps of all input channels:
 * what an output pixel reads is transposed to [pixel][image][R·S·C], in pieces that stay in the
 * cache, and dy is read as scalars, as it lies. It is the mirror image of {@link
 * ConvWeightGradientByChannels}, and serves where R·S·C is less than K, so that there is less to
 * transpose: 1x1 kernels that widen.
 *
 * <p>A task is some of the images and rows. Tasks depend on the problem only; each sums into memory
 * of its own, and these partial sums are added in a fixed order.
 */
public final class ConvWeightGradientByTaps {
  /** What all tiles of one piece read again and again: it stays in L2, beside the sums. */
  private static final long CACHE_BYTES = Caches.L2 / 4;

  /** Sums of a task. */
  private static final long MOST_SUM_BYTES = 256 << 10;

  private static final long TASK_MULTIPLY_ADDS = 1_900_000;
  private static final int MOST_TASKS = 16;

  private final Conv2dDims d;
  private final long x;
  private final long dy;
  private final long dw;
  private final int taps;
  private final int vectors;
  private final int rowsAtOnce;
  private final int columnsAtOnce;
  private final int rowPieces;
  private final int columnPieces;
  private final int pieces;
  private final int reductions;
  private final RowBlocks rowBlocks;
  private final int tileVectors;
  private final BlockKernel[][] kernels;

  private ConvWeightGradientByTaps(Operand x, Operand dy, Operand dw, Conv2dDims d) {
    this.d = d;
    this.x = Operand.address(x);
    this.dy = Operand.address(dy);
    this.dw = Operand.address(dw);
    taps = d.R() * d.S() * d.C();
    vectors = Math.ceilDiv(taps, Lanes.L);
    long pixelBytes = ((long) Lanes.L * vectors + d.K()) * Lanes.BYTES;
    int pixels = (int) Math.clamp(CACHE_BYTES / pixelBytes, 1, (long) d.OH() * d.OW());
    columnPieces = Math.ceilDiv(d.OW(), pixels);
    columnsAtOnce = Math.ceilDiv(d.OW(), columnPieces);
    rowPieces = Math.ceilDiv(d.OH(), Math.max(1, pixels / d.OW()));
    rowsAtOnce = Math.ceilDiv(d.OH(), rowPieces);
    pieces = d.blocks() * rowPieces * columnPieces;
    // A power of two: three tasks on two threads would take the time of four.
    long wanted =
        Long.highestOneBit(Math.clamp(d.multiplyAdds() / TASK_MULTIPLY_ADDS, 1, MOST_TASKS));
    reductions = (int) Math.min(wanted, pieces);
    BlockKernels.Tile tile =
        BlockTiles.choose(d.K(), vectors, (long) Lanes.L * columnsAtOnce * rowsAtOnce);
    rowBlocks = RowBlocks.even(d.K(), tile.rows());
    tileVectors = tile.vectors();
    kernels = new BlockKernel[2][2];
    for (int i = 0; i < 2; i++) {
      for (int j = 0; j < 2; j++) {
        int rows = i == 0 || rowBlocks.low() > 0 ? rowBlocks.high() - i : 0;
        int width = j == 0 ? tileVectors : vectors % tileVectors;
        if (rows > 0 && width > 0) {
          kernels[i][j] =
              BlockKernels.get(BlockSpec.strided(rows, width, Lanes.BYTES, Epilogue.ACCUMULATE));
        }
      }
    }
  }

  /**
   * Whether this form is the faster one. Measured: a 1x1 kernel that widens four to six times gains
   * 40 to 60%; the 3x3 kernel of a first layer loses a tenth on one thread.
   */
  static boolean serves(Conv2dDims d) {
    int vectors = Math.ceilDiv(d.R() * d.S() * d.C(), Lanes.L);
    return d.groups() == 1
        && d.R() * d.S() == 1
        && 2 * vectors <= Math.ceilDiv(d.K(), Lanes.L)
        && (long) d.K() * vectors * Lanes.BYTES <= MOST_SUM_BYTES;
  }

  public static void run(Operand x, Operand dy, Operand dw, Conv2dDims d) {
    new ConvWeightGradientByTaps(x, dy, dw, d).run();
  }

  private void run() {
    Block partials = Pool.global().allocate(reductions * partialBytes(), "conv2d weight gradient");
    long sums = partials.address();
    Team.global().run(reductions, task -> task(task, sums + task * partialBytes()));
    int channels = Math.clamp(Chunks.GRAIN / ((long) taps * reductions), 1, d.K());
    Team.global()
        .run(
            Math.ceilDiv(d.K(), channels),
            chunk -> {
              int k = chunk * channels;
              finish(sums, k, Math.min(d.K(), k + channels));
            });
    partials.free();
  }

  /** [K][R·S·C, whole vectors]. */
  private long partialBytes() {
    return (long) d.K() * vectors * Lanes.BYTES;
  }

  private void task(int task, long sums) {
    VectorMemory.zeroVectors(sums, d.K() * vectors);
    long patch = (long) vectors * Lanes.L * Lanes.BYTES;
    long scratch = Scratch.address(Scratch.BYTES + patch * (1 + (long) rowsAtOnce * columnsAtOnce));
    long from = (long) pieces * task / reductions;
    long to = (long) pieces * (task + 1) / reductions;
    for (int piece = (int) from; piece < to; piece++) {
      piece(piece, sums, scratch, scratch + Scratch.BYTES, scratch + Scratch.BYTES + patch);
    }
  }

  private void piece(int piece, long sums, long buffer, long patch, long panel) {
    int oy = piece / columnPieces % rowPieces * rowsAtOnce;
    int ox = piece % columnPieces * columnsAtOnce;
    int block = piece / columnPieces / rowPieces;
    int rows = Math.min(rowsAtOnce, d.OH() - oy);
    int columns = Math.min(columnsAtOnce, d.OW() - ox);
    if (rows <= 0 || columns <= 0) {
      return;
    }
    boolean whole = taps == d.C() && d.padH() == 0 && d.padW() == 0;
    VectorMemory.zeroVectors(patch, vectors * Lanes.L);
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        int y = (oy + i) * d.strideH() - d.padH();
        int left = (ox + j) * d.strideW() - d.padW();
        long image = x + (long) block * d.H() * d.W() * d.C() * Lanes.BYTES;
        long source = patch;
        if (whole) {
          source = image + ((long) y * d.W() + left) * d.C() * Lanes.BYTES;
        } else {
          patch(image, y, left, patch);
        }
        transpose(source, whole, panel, i * columns + j, rows * columns, buffer);
      }
    }
    long outPixel = (long) d.K() * Lanes.BYTES;
    long a = dy + (((long) block * d.OH() + oy) * d.OW() + ox) * outPixel;
    for (int i = 0; i < rows && ConvRule.fetchesGradient(); i++) {
      ConvParts.fetch(a + (long) i * d.OW() * outPixel, columns * outPixel, buffer);
    }
    int images = Math.min(Lanes.L, d.N() - block * Lanes.L);
    for (int v = 0; v < vectors; v += tileVectors) {
      int width = Math.min(tileVectors, vectors - v);
      long image = (long) width * Lanes.BYTES;
      for (int i = 0; i < rowBlocks.count(); i++) {
        int k = rowBlocks.first(i);
        kernels[rowBlocks.high() - rowBlocks.height(i)][width == tileVectors ? 0 : 1].run(
            a + (long) k * Lanes.BYTES,
            Float.BYTES,
            panel + (long) v * rows * columns * Lanes.L * Lanes.BYTES,
            image,
            Lanes.BYTES,
            images,
            columns,
            outPixel,
            Lanes.L * image,
            rows,
            d.OW() * outPixel,
            (long) columns * Lanes.L * image,
            sums + ((long) k * vectors + v) * Lanes.BYTES,
            (long) vectors * Lanes.BYTES,
            Lanes.BYTES,
            0);
      }
    }
  }

  /** What one output pixel reads, [R][S][C][L], zeros where there is no input. */
  private void patch(long image, int top, int left, long to) {
    int c = d.C();
    for (int r = 0; r < d.R(); r++) {
      int y = top + r * d.dilationH();
      for (int s = 0; s < d.S(); s++) {
        int column = left + s * d.dilationW();
        long target = to + ((long) r * d.S() + s) * c * Lanes.BYTES;
        if (y < 0 || y >= d.H() || column < 0 || column >= d.W()) {
          VectorMemory.zeroVectors(target, c);
        } else {
          VectorMemory.copyVectors(
              image + ((long) y * d.W() + column) * c * Lanes.BYTES, target, c);
        }
      }
    }
  }

  /** One pixel of the panel, which is [tile of vectors][pixel][image][taps of the tile]. */
  private void transpose(
      long source, boolean exact, long panel, int pixel, int pixels, long buffer) {
    for (int v = 0; v < vectors; v++) {
      int tile = v / tileVectors * tileVectors;
      long image = (long) Math.min(tileVectors, vectors - tile) * Lanes.BYTES;
      TileTranspose.run(
          source + (long) v * Lanes.L * Lanes.BYTES,
          Lanes.BYTES,
          exact ? Math.min(Lanes.L, taps - v * Lanes.L) : Lanes.L,
          Lanes.L,
          panel
              + (long) tile * pixels * Lanes.L * Lanes.BYTES
              + (long) pixel * Lanes.L * image
              + (long) (v - tile) * Lanes.BYTES,
          image,
          Lanes.L,
          Lanes.L,
          buffer);
    }
  }

  /** Adds the partial sums of some output channels, and writes them as [C][R][S]. */
  private void finish(long sums, int first, int end) {
    int area = d.R() * d.S();
    for (int k = first; k < end; k++) {
      long row = sums + (long) k * vectors * Lanes.BYTES;
      ConvParts.addPartials(row, vectors, reductions, partialBytes());
      long to = dw + (long) k * taps * Float.BYTES;
      for (int c = 0; c < d.C(); c++) {
        for (int t = 0; t < area; t++) {
          Mem.set(to + ((long) c * area + t) * 4, Mem.get(row + ((long) t * d.C() + c) * 4));
        }
      }
    }
  }
}
