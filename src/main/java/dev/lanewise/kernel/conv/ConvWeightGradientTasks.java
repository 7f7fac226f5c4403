package dev.lanewise.kernel.conv;

import dev.lanewise.kernel.block.BlockKernel;
import dev.lanewise.kernel.block.BlockKernels;
import dev.lanewise.kernel.block.BlockTiles;
import dev.lanewise.kernel.block.RowBlocks;
import dev.lanewise.kernel.team.Chunks;
import dev.lanewise.kernel.team.Scratch;
import dev.lanewise.kernel.team.Team;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.kernel.vector.Operand;
import dev.lanewise.kernel.vector.VectorMemory;
import dev.lanewise.memory.Block;
import dev.lanewise.memory.Pool;

/**
 * Direct convolution, backward to the weight: what the forms share that read x as it lies. The
 * images are cut into pieces of rows and columns whose operands stay in the cache. A task is some
 * output channels and some of the pieces; tasks depend on the problem only. Each sums into memory
 * of its own, and these partial sums are added in a fixed order. Sums are [tile of
 * vectors][R][S][C/groups][vector of the tile]: blocks write what follows each other, for rows 4 KB
 * apart (64 output channels) would wait for each other.
 */
abstract class ConvWeightGradientTasks {
  private static final long TASK_MULTIPLY_ADDS = 1_900_000;

  /** Partial sums of all tasks together. */
  private static final long PARTIAL_BYTES = 8 << 20;

  final Conv2dDims d;
  final long dy;
  final long dw;
  final int groupC;
  final int groupK;

  /** Vectors of sums that a task has for a tap and an input channel; fewer in the last part. */
  final int partVectors;

  final int rowsAtOnce;
  final int columnsAtOnce;
  final int tileVectors;
  private final long x;
  private final int vectors;

  /** Vectors that follow each other at one row of taps: all columns of taps, or one of them. */
  private final int run;

  private final int runs;

  /**
   * Whether rows of x are copied between zeros; else columns of dy whose tap is outside are left
   * out.
   */
  private final boolean padded;

  /** Whether x of a piece is read in the order of memory before its blocks read it. */
  private final boolean fetches;

  /** Steps of a sum for a pixel: the images, where they are no lanes. */
  private final int pixelSteps;

  private final int parts;
  private final int rowPieces;
  private final int columnPieces;
  private final int pieces;
  private final int reductions;
  private final RowBlocks rowBlocks;
  private final BlockKernel[][] kernels;

  /**
   * Cuts the problem.
   *
   * @param vectors of sums for a tap and an input channel
   * @param partVectors of them in a task
   * @param gradientBytes of dy for a pixel of a piece
   * @param cacheBytes of a piece
   * @param mostTasks at most
   * @param pixelSteps of a sum for a pixel
   */
  ConvWeightGradientTasks(
      Operand x,
      Operand dy,
      Operand dw,
      Conv2dDims d,
      int vectors,
      int partVectors,
      long gradientBytes,
      long cacheBytes,
      int mostTasks,
      int pixelSteps) {
    this.d = d;
    this.x = Operand.address(x);
    this.dy = Operand.address(dy);
    this.dw = Operand.address(dw);
    this.vectors = vectors;
    this.partVectors = partVectors;
    this.pixelSteps = pixelSteps;
    groupC = d.groupC();
    groupK = d.groupK();
    // Few channels: all columns of taps in one run make larger blocks.
    boolean merged = d.dilationW() == 1 && d.groups() == 1 && groupC < Lanes.L && d.S() > 1;
    run = merged ? d.S() * groupC : groupC;
    runs = merged ? 1 : d.S();
    padded = merged && d.padW() > 0;
    fetches = ConvRule.fetchesInput(d);
    parts = Math.ceilDiv(vectors, partVectors);
    long pixelBytes = gradientBytes + (long) d.strideH() * d.strideW() * groupC * Lanes.BYTES;
    int pixels = (int) Math.clamp(cacheBytes / pixelBytes, 1, (long) d.OH() * d.OW());
    columnPieces = Math.ceilDiv(d.OW(), pixels);
    columnsAtOnce = Math.ceilDiv(d.OW(), columnPieces);
    rowPieces = Math.ceilDiv(d.OH(), Math.max(1, pixels / d.OW()));
    rowsAtOnce = Math.ceilDiv(d.OH(), rowPieces);
    pieces = d.blocks() * rowPieces * columnPieces;
    int tasks = d.groups() * parts;
    // A power of two: three tasks on two threads would take the time of four.
    long wanted =
        Long.highestOneBit(Math.clamp(d.multiplyAdds() / TASK_MULTIPLY_ADDS, 1, mostTasks));
    long room = Math.max(1, PARTIAL_BYTES / (tasks * partialBytes()));
    reductions = (int) Math.clamp(Math.ceilDiv(wanted, tasks), 1, Math.min(room, pieces));
    BlockKernels.Tile tile =
        BlockTiles.choose(run, partVectors, (long) pixelSteps * columnsAtOnce * rowsAtOnce);
    rowBlocks = RowBlocks.even(run, tile.rows());
    tileVectors = tile.vectors();
    kernels = new BlockKernel[2][tileVectors + 1];
  }

  /** The kernel for a block of some vectors of x and some vectors of sums. */
  abstract BlockKernel kernel(int rows, int vectors);

  /** Bytes that {@link #prepare} writes. */
  abstract long preparedBytes();

  /**
   * Brings dy of a piece into the form in which blocks read it.
   *
   * @return where it is
   */
  abstract long prepare(
      int block, int oy, int ox, int rows, int columns, int g, int part, long target, long buffer);

  /** Where, in what is prepared, the vectors from k on begin, of so many pixels. */
  abstract long tile(long prepared, int k, int pixels);

  /** Bytes from one pixel of what is prepared to the next, in a tile of so many vectors. */
  abstract long pixelBytes(int tileVectors);

  /** Pixels from one row of what is prepared to the next, in a piece of so many columns. */
  abstract int rowPixels(int columns);

  /** Writes the sums of some input channels as [K][C/groups][R][S]. */
  abstract void finish(int g, int part, long sums, int firstC, int endC);

  /** Vectors of sums in a part. */
  final int vectors(int part) {
    return Math.min(partVectors, vectors - part * partVectors);
  }

  final void run() {
    int tasks = d.groups() * parts;
    Block partials =
        Pool.global()
            .allocate((long) tasks * reductions * partialBytes(), "conv2d weight gradient");
    long sums = partials.address();
    prepareKernels();
    Team.global().run(tasks * reductions, task -> task(task, sums + task * partialBytes()));
    long work = (long) d.R() * d.S() * vectors(0) * Lanes.L * reductions;
    int channels = Math.clamp(Chunks.GRAIN / work, 1, groupC);
    int chunks = Math.ceilDiv(groupC, channels);
    Team.global()
        .run(
            tasks * chunks,
            chunk -> {
              int c = chunk % chunks * channels;
              add(chunk / chunks, sums, c, Math.min(groupC, c + channels));
            });
    partials.free();
  }

  private long partialBytes() {
    return (long) d.R() * d.S() * groupC * partVectors * Lanes.BYTES;
  }

  private void prepareKernels() {
    for (int part = 0; part < parts; part++) {
      for (int v : new int[] {tileVectors, vectors(part) % tileVectors}) {
        if (v > 0) {
          kernels[0][v] = kernel(rowBlocks.high(), v);
        }
        if (v > 0 && rowBlocks.low() > 0) {
          kernels[1][v] = kernel(rowBlocks.high() - 1, v);
        }
      }
    }
  }

  /** Some output channels, some of the pieces. */
  private void task(int task, long sums) {
    int g = task / reductions / parts;
    int part = task / reductions % parts;
    int reduction = task % reductions;
    VectorMemory.zeroVectors(sums, (int) (partialBytes() / Lanes.BYTES));
    long buffer = Scratch.address(Scratch.BYTES + preparedBytes() + paddedBytes());
    long from = (long) pieces * reduction / reductions;
    long to = (long) pieces * (reduction + 1) / reductions;
    for (int piece = (int) from; piece < to; piece++) {
      piece(piece, g, part, sums, buffer);
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

  private void piece(int piece, int g, int part, long sums, long buffer) {
    int oy = piece / columnPieces % rowPieces * rowsAtOnce;
    int ox = piece % columnPieces * columnsAtOnce;
    int block = piece / columnPieces / rowPieces;
    int rows = Math.min(rowsAtOnce, d.OH() - oy);
    int columns = Math.min(columnsAtOnce, d.OW() - ox);
    if (rows <= 0 || columns <= 0) {
      return;
    }
    long prepared = prepare(block, oy, ox, rows, columns, g, part, buffer + Scratch.BYTES, buffer);
    long pixel = (long) d.C() * Lanes.BYTES;
    int top = oy * d.strideH() - d.padH();
    int left = ox * d.strideW() - d.padW();
    long row = padded ? inputColumns() * pixel : d.W() * pixel;
    // The place of input row `top`, column `left`, which need not exist.
    long input = x + ((long) block * d.H() + top) * d.W() * pixel + left * pixel;
    if (padded) {
      input = buffer + Scratch.BYTES + preparedBytes();
      long image = x + (long) block * d.H() * d.W() * pixel;
      ConvParts.copy(image, d.H(), d.W(), d.C(), top, inputRows(), left, inputColumns(), input);
    }
    if (fetches) {
      for (int i = 0; i < rows; i++) {
        ConvParts.fetch(input + i * row, columns * pixel, buffer);
      }
    }
    input += (long) g * groupC * Lanes.BYTES;
    int width = vectors(part);
    int images = Math.min(pixelSteps, d.N() - block * Lanes.L);
    // One tile of dy after the other: its reading from memory is spread over the work.
    for (int k = 0; k < width; k += tileVectors) {
      long tile = tile(prepared, k, rows * columns);
      int v = Math.min(tileVectors, width - k);
      long image = (long) v * Lanes.BYTES;
      long bColumn = pixelBytes(v);
      long bRow = rowPixels(columns) * bColumn;
      for (int r = 0; r < d.R(); r++) {
        int y = top + r * d.dilationH();
        int firstRow = firstInside(y, d.strideH());
        int endRow = Math.min(rows, endInside(y, d.strideH(), d.H()));
        for (int s = 0; s < runs && firstRow < endRow; s++) {
          int column = left + s * d.dilationW();
          int firstColumn = padded ? 0 : firstInside(column, d.strideW());
          int endColumn =
              padded ? columns : Math.min(columns, endInside(column, d.strideW(), d.W()));
          long a =
              input
                  + ((long) r * d.dilationH() + (long) firstRow * d.strideH()) * row
                  + ((long) s * d.dilationW() + (long) firstColumn * d.strideW()) * pixel;
          long aColumn = d.strideW() * pixel;
          long aRow = d.strideH() * row;
          long b = tile + firstRow * bRow + firstColumn * bColumn;
          int countRows = endRow - firstRow;
          int countColumns = endColumn - firstColumn;
          for (int j = 0; j < rowBlocks.count() && countColumns > 0; j++) {
            BlockKernel kernel = kernels[rowBlocks.high() - rowBlocks.height(j)][v];
            int i = rowBlocks.first(j);
            long at = a + (long) i * Lanes.BYTES;
            long c = sum(sums, k, width, ((long) r * runs + s) * run + i);
            if (pixelSteps == 1) {
              kernel.run(
                  at,
                  aColumn,
                  b,
                  bColumn,
                  Lanes.BYTES,
                  countColumns,
                  countRows,
                  aRow,
                  bRow,
                  1,
                  0,
                  0,
                  c,
                  image,
                  Lanes.BYTES,
                  0);
            } else {
              kernel.run(
                  at,
                  Float.BYTES,
                  b,
                  image,
                  Lanes.BYTES,
                  images,
                  countColumns,
                  aColumn,
                  bColumn,
                  countRows,
                  aRow,
                  bRow,
                  c,
                  image,
                  Lanes.BYTES,
                  0);
            }
          }
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

  /**
   * Where a sum is.
   *
   * @param k the vector
   * @param width vectors of the part
   * @param row (r * S + s) * C/groups + c
   */
  final long sum(long sums, int k, int width, long row) {
    int tile = k / tileVectors * tileVectors;
    int v = Math.min(tileVectors, width - tile);
    return sums + ((long) tile * d.R() * d.S() * groupC + row * v + (k - tile)) * Lanes.BYTES;
  }

  /** Adds the partial sums of some input channels, and finishes them. */
  private void add(int groupPart, long sums, int firstC, int endC) {
    int part = groupPart % parts;
    int width = vectors(part);
    long partial = sums + (long) groupPart * reductions * partialBytes();
    for (int k = 0; k < width; k += tileVectors) {
      int v = Math.min(tileVectors, width - k);
      for (int t = 0; t < d.R() * d.S(); t++) {
        long at = sum(partial, k, width, (long) t * groupC + firstC);
        ConvParts.addPartials(at, (endC - firstC) * v, reductions, partialBytes());
      }
    }
    finish(groupPart / parts, part, partial, firstC, endC);
  }
}
