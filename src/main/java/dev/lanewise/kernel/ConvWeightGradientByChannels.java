package dev.lanewise.kernel;

import dev.lanewise.memory.Block;
import dev.lanewise.memory.Pool;

/**
 * Direct convolution, backward to the weight, with the lanes over output channels: dy is transposed
 * once, from [pixel][K][image] to [pixel][image][K], in pieces that stay in the cache; then x is
 * read as scalars, as it lies (neighbouring channels are a vector apart, images a float), and the
 * sum over images, columns and rows is that of an ordinary block. Beside the form that reduces
 * lanes (see {@link ConvWeightGradient}) its blocks are larger, nothing is reduced at their end,
 * and lanes without an image cost nothing.
 *
 * <p>A task is some output channels and some of the images and rows. Tasks depend on the problem
 * only; each sums into memory of its own, and these partial sums are added in a fixed order.
 */
final class ConvWeightGradientByChannels {
  /** What the tiles of one piece read again and again: it stays in L2, beside the sums. */
  private static final long CACHE_BYTES = 512 << 10;

  /** Vectors of output channels of a task: x is read from outer caches once for each task. */
  private static final int PART_VECTORS = 4;

  private static final long TASK_MULTIPLY_ADDS = 1_900_000;
  private static final int MOST_TASKS = 16;

  /** Partial sums of all tasks together. */
  private static final long PARTIAL_BYTES = 8 << 20;

  private final Conv2dDims d;
  private final long x;
  private final long dy;
  private final long dw;
  private final int groupC;
  private final int groupK;

  /** Vectors that follow each other at one row of taps: all columns of taps, or one of them. */
  private final int run;

  private final int runs;

  /**
   * Whether rows of x are copied between zeros; else columns of dy whose tap is outside are left
   * out.
   */
  private final boolean padded;

  private final int partVectors;
  private final int parts;
  private final int rowsAtOnce;
  private final int columnsAtOnce;
  private final int rowPieces;
  private final int columnPieces;
  private final int pieces;
  private final int reductions;
  private final int tileRows;
  private final int tileVectors;
  private final BlockKernel[][] kernels;

  private ConvWeightGradientByChannels(Operand x, Operand dy, Operand dw, Conv2dDims d) {
    this.d = d;
    this.x = Operand.address(x);
    this.dy = Operand.address(dy);
    this.dw = Operand.address(dw);
    groupC = d.groupC();
    groupK = d.groupK();
    // Few channels: all columns of taps in one run make larger blocks.
    boolean merged = d.dilationW() == 1 && d.groups() == 1 && groupC < Lanes.L && d.S() > 1;
    run = merged ? d.S() * groupC : groupC;
    runs = merged ? 1 : d.S();
    padded = merged && d.padW() > 0;
    int vectors = Math.ceilDiv(groupK, Lanes.L);
    partVectors = Math.min(vectors, PART_VECTORS);
    parts = Math.ceilDiv(vectors, partVectors);
    long pixelBytes =
        (long) Lanes.L * partVectors * Lanes.BYTES
            + (long) d.strideH() * d.strideW() * groupC * Lanes.BYTES;
    int pixels = (int) Math.clamp(CACHE_BYTES / pixelBytes, 1, (long) d.OH() * d.OW());
    columnPieces = Math.ceilDiv(d.OW(), pixels);
    columnsAtOnce = Math.ceilDiv(d.OW(), columnPieces);
    rowPieces = Math.ceilDiv(d.OH(), Math.max(1, pixels / d.OW()));
    rowsAtOnce = Math.ceilDiv(d.OH(), rowPieces);
    pieces = d.blocks() * rowPieces * columnPieces;
    int tasks = d.groups() * parts;
    // A power of two: three tasks on two threads would take the time of four.
    long wanted =
        Long.highestOneBit(Math.clamp(d.multiplyAdds() / TASK_MULTIPLY_ADDS, 1, MOST_TASKS));
    long room = Math.max(1, PARTIAL_BYTES / (tasks * partialBytes()));
    reductions = (int) Math.clamp(Math.ceilDiv(wanted, tasks), 1, Math.min(room, pieces));
    BlockKernels.Tile tile =
        BlockTiles.choose(run, partVectors, (long) Lanes.L * columnsAtOnce * rowsAtOnce);
    tileRows = tile.rows();
    tileVectors = tile.vectors();
    kernels = new BlockKernel[2][tileVectors + 1];
  }

  static void run(Operand x, Operand dy, Operand dw, Conv2dDims d) {
    new ConvWeightGradientByChannels(x, dy, dw, d).run();
  }

  private void run() {
    int tasks = d.groups() * parts;
    Block partials =
        Pool.global()
            .allocate((long) tasks * reductions * partialBytes(), "conv2d weight gradient");
    long sums = partials.address();
    prepareKernels();
    Team.global().run(tasks * reductions, task -> task(task, sums + task * partialBytes()));
    int channels = Math.clamp(Chunks.GRAIN / ((long) d.R() * d.S() * groupK), 1, groupC);
    int chunks = Math.ceilDiv(groupC, channels);
    Team.global()
        .run(
            tasks * chunks,
            chunk -> {
              int c = chunk % chunks * channels;
              finish(chunk / chunks, sums, c, Math.min(groupC, c + channels));
            });
    partials.free();
  }

  /** [R][S][C/groups] rows of a part's output channels. */
  private long partialBytes() {
    return (long) d.R() * d.S() * groupC * partVectors * Lanes.BYTES;
  }

  private int vectors(int part) {
    return Math.min(partVectors, Math.ceilDiv(groupK, Lanes.L) - part * partVectors);
  }

  private void prepareKernels() {
    for (int part = 0; part < parts; part++) {
      for (int v : new int[] {tileVectors, vectors(part) % tileVectors}) {
        if (v > 0) {
          kernels[0][v] = kernel(tileRows, v);
        }
        if (v > 0 && run % tileRows > 0) {
          kernels[1][v] = kernel(run % tileRows, v);
        }
      }
    }
  }

  private static BlockKernel kernel(int rows, int vectors) {
    return BlockKernels.get(BlockSpec.strided(rows, vectors, Lanes.BYTES, Epilogue.ACCUMULATE));
  }

  /** Some output channels, some of the pieces. */
  private void task(int task, long sums) {
    int g = task / reductions / parts;
    int part = task / reductions % parts;
    int reduction = task % reductions;
    VectorMemory.zeroVectors(sums, (int) (partialBytes() / Lanes.BYTES));
    long transposedBytes = (long) rowsAtOnce * columnsAtOnce * Lanes.L * partVectors * Lanes.BYTES;
    long scratch = Scratch.address(Scratch.BYTES + transposedBytes + paddedBytes());
    long from = (long) pieces * reduction / reductions;
    long to = (long) pieces * (reduction + 1) / reductions;
    for (int piece = (int) from; piece < to; piece++) {
      piece(piece, g, part, sums, scratch, scratch + Scratch.BYTES, transposedBytes);
    }
  }

  private int inputRows() {
    return (rowsAtOnce - 1) * d.strideH() + (d.R() - 1) * d.dilationH() + 1;
  }

  private int inputColumns() {
    return (columnsAtOnce - 1) * d.strideW() + (d.S() - 1) * d.dilationW() + 1;
  }

  private long paddedBytes() {
    return padded ? (long) inputRows() * inputColumns() * d.C() * Lanes.BYTES : 0;
  }

  private void piece(
      int piece, int g, int part, long sums, long buffer, long transposed, long transposedBytes) {
    int oy = piece / columnPieces % rowPieces * rowsAtOnce;
    int ox = piece % columnPieces * columnsAtOnce;
    int block = piece / columnPieces / rowPieces;
    int rows = Math.min(rowsAtOnce, d.OH() - oy);
    int columns = Math.min(columnsAtOnce, d.OW() - ox);
    if (rows <= 0 || columns <= 0) {
      return;
    }
    int vectors = vectors(part);
    transpose(block, oy, ox, rows, columns, g, part, transposed, buffer);
    long pixel = (long) d.C() * Lanes.BYTES;
    int top = oy * d.strideH() - d.padH();
    int left = ox * d.strideW() - d.padW();
    long row = padded ? inputColumns() * pixel : d.W() * pixel;
    // The place of input row `top`, column `left`, which need not exist.
    long input = x + ((long) block * d.H() + top) * d.W() * pixel + left * pixel;
    if (padded) {
      input = transposed + transposedBytes;
      long image = x + (long) block * d.H() * d.W() * pixel;
      ConvParts.copy(image, d.H(), d.W(), d.C(), top, inputRows(), left, inputColumns(), input);
    }
    input += (long) g * groupC * Lanes.BYTES;
    for (int r = 0; r < d.R(); r++) {
      int y = top + r * d.dilationH();
      int firstRow = firstInside(y, d.strideH());
      int endRow = Math.min(rows, endInside(y, d.strideH(), d.H()));
      for (int s = 0; s < runs && firstRow < endRow; s++) {
        int column = left + s * d.dilationW();
        int firstColumn = padded ? 0 : firstInside(column, d.strideW());
        int endColumn = padded ? columns : Math.min(columns, endInside(column, d.strideW(), d.W()));
        if (firstColumn < endColumn) {
          multiply(
              input
                  + ((long) r * d.dilationH() + (long) firstRow * d.strideH()) * row
                  + ((long) s * d.dilationW() + (long) firstColumn * d.strideW()) * pixel,
              d.strideW() * pixel,
              d.strideH() * row,
              transposed,
              firstRow,
              firstColumn,
              endRow - firstRow,
              endColumn - firstColumn,
              rows,
              columns,
              Math.min(Lanes.L, d.N() - block * Lanes.L),
              vectors,
              sums + ((long) r * runs + s) * run * vectors * Lanes.BYTES);
        }
      }
    }
  }

  /** The first i with position + i * stride not below 0. */
  private static int firstInside(int position, int stride) {
    return position < 0 ? Math.ceilDiv(-position, stride) : 0;
  }

  /** The first i with position + i * stride not below size. */
  private static int endInside(int position, int stride, int size) {
    return Math.ceilDiv(size - position, stride);
  }

  /** One tap, or one row of taps: all tiles of input channels and output channels. */
  private void multiply(
      long a,
      long aColumn,
      long aRow,
      long transposed,
      int firstRow,
      int firstColumn,
      int countRows,
      int countColumns,
      int rows,
      int columns,
      int images,
      int vectors,
      long c) {
    for (int k = 0; k < vectors; k += tileVectors) {
      int v = Math.min(tileVectors, vectors - k);
      long image = (long) v * Lanes.BYTES;
      long b =
          transposed
              + (long) k * rows * columns * Lanes.L * Lanes.BYTES
              + ((long) firstRow * columns + firstColumn) * Lanes.L * image;
      for (int i = 0; i < run; i += tileRows) {
        BlockKernel kernel = kernels[run - i >= tileRows ? 0 : 1][v];
        kernel.run(
            a + (long) i * Lanes.BYTES,
            Float.BYTES,
            b,
            image,
            Lanes.BYTES,
            images,
            countColumns,
            aColumn,
            Lanes.L * image,
            countRows,
            aRow,
            (long) columns * Lanes.L * image,
            c + ((long) i * vectors + k) * Lanes.BYTES,
            (long) vectors * Lanes.BYTES,
            Lanes.BYTES,
            0);
      }
    }
  }

  /** dy of a piece as [tile of vectors][row][column][image][channels of the tile]. */
  private void transpose(
      int block, int oy, int ox, int rows, int columns, int g, int part, long target, long buffer) {
    int vectors = vectors(part);
    int first = part * partVectors * Lanes.L;
    for (int k = 0; k < vectors; k++) {
      int tile = k / tileVectors * tileVectors;
      long image = (long) Math.min(tileVectors, vectors - tile) * Lanes.BYTES;
      long to =
          target
              + (long) tile * rows * columns * Lanes.L * Lanes.BYTES
              + (long) (k - tile) * Lanes.BYTES;
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
  }

  /** Adds the partial sums of some input channels, and writes them as [K][C/groups][R][S]. */
  private void finish(int groupPart, long sums, int firstC, int endC) {
    int part = groupPart % parts;
    int g = groupPart / parts;
    int vectors = vectors(part);
    int taps = d.R() * d.S();
    long partial = sums + (long) groupPart * reductions * partialBytes();
    long row = (long) vectors * Lanes.BYTES;
    for (int t = 0; t < taps && reductions > 1; t++) {
      long at = partial + ((long) t * groupC + firstC) * row;
      ConvParts.addPartials(at, (endC - firstC) * vectors, reductions, partialBytes());
    }
    long buffer = Scratch.address();
    int first = part * partVectors * Lanes.L;
    // What lies side by side in dw: the taps of a channel, or, with one tap, the channels.
    int outer = taps == 1 ? 1 : endC - firstC;
    int inner = taps == 1 ? endC - firstC : taps;
    long innerRow = taps == 1 ? row : groupC * row;
    for (int k = 0; k < vectors; k++) {
      int channels = Math.min(Lanes.L, groupK - first - k * Lanes.L);
      long to = dw + ((long) g * groupK + first + (long) k * Lanes.L) * groupC * taps * 4;
      for (int c = 0; c < outer; c++) {
        long from = partial + (firstC + c) * row + (long) k * Lanes.BYTES;
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
