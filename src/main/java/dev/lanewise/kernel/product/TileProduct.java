package dev.lanewise.kernel.product;

import static dev.lanewise.kernel.vector.Lanes.BYTES;
import static dev.lanewise.kernel.vector.Lanes.F;
import static dev.lanewise.kernel.vector.Lanes.L;
import static dev.lanewise.kernel.vector.Mem.ALL;
import static dev.lanewise.kernel.vector.Mem.ORDER;

import dev.lanewise.kernel.block.BlockKernel;
import dev.lanewise.kernel.block.BlockKernels;
import dev.lanewise.kernel.block.BlockSpec;
import dev.lanewise.kernel.block.Epilogue;
import dev.lanewise.kernel.block.RowBlocks;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/**
 * Products of a size on the calling thread, all rows or some blocks of them: A is read where it
 * lies, and of B panels of 32 columns, the last one of 16 if there are no more. For operands that
 * lie in the caches: a library's call packs both, which for sums of 32 or 64 steps takes as long as
 * the multiply-adds.
 */
final class TileProduct {
  static final int WIDTH = 2 * L;

  /** Rows of a block of a kernel that fetches: with a row more, it would spill sums. */
  static final int FETCHING_ROWS =
      BYTES < BlockSpec.CACHE_LINE ? FullyConnected.ROWS : FullyConnected.ROWS - 1;

  /** Rows and columns below which too much of a block is idle. */
  private static final int LEAST = 12;

  private final int columns;
  private final long aRow;
  private final RowBlocks rows;

  /** Whether the last panel has one vector. */
  private final boolean narrow;

  private final BlockKernel high;
  private final BlockKernel low;
  private final BlockKernel highLast;
  private final BlockKernel lowLast;

  /**
   * Products of a size.
   *
   * @param n columns; those of whole vectors are computed
   * @param aRow bytes between rows of A
   */
  TileProduct(int m, int n, long aRow, Epilogue epilogue) {
    this(m, n, aRow, epilogue, false);
  }

  /**
   * Products of a size whose kernels may fetch.
   *
   * @param fetches whether they do, see {@link Ahead}; not with vectors of less than a cache line
   */
  TileProduct(int m, int n, long aRow, Epilogue epilogue, boolean fetches) {
    columns = n;
    this.aRow = aRow;
    rows = RowBlocks.even(m, fetches ? FETCHING_ROWS : FullyConnected.ROWS);
    narrow = n % WIDTH > 0 && n % WIDTH <= L;
    high = kernel(rows.high(), 2, aRow, epilogue, fetches);
    low = rows.low() == 0 ? high : kernel(rows.high() - 1, 2, aRow, epilogue, fetches);
    highLast = narrow ? kernel(rows.high(), 1, aRow, epilogue, fetches) : high;
    lowLast =
        !narrow
            ? low
            : rows.low() == 0 ? highLast : kernel(rows.high() - 1, 1, aRow, epilogue, fetches);
  }

  private static BlockKernel kernel(
      int rows, int vectors, long aRow, Epilogue epilogue, boolean fetches) {
    BlockSpec spec = BlockSpec.strided(rows, vectors, aRow, epilogue);
    return BlockKernels.get(fetches ? spec.fetching(BlockSpec.Fetch.ROWS) : spec);
  }

  /** The first row of a block, or, for the number of blocks, the end. */
  int row(int block) {
    return rows.first(block);
  }

  /** Whether products of so many rows and columns are worth it. */
  static boolean pays(int m, int n) {
    return BlasRule.BLOCK_KERNELS && m >= LEAST && n >= LEAST;
  }

  /** Whether it is of this size. */
  boolean is(int m, int n) {
    return rows.rows() == m && columns == n;
  }

  /** Blocks of rows. */
  int blocks() {
    return rows.count();
  }

  /** Bytes of the panels of a packed B. */
  static long panelBytes(int n, int k) {
    return (long) Math.ceilDiv(n, WIDTH) * WIDTH * k * Float.BYTES + PanelPacking.SLACK_BYTES;
  }

  /** C = A B, or C + A B, for a B whose rows are whole vectors that follow each other. */
  void inPlace(int k, long a, long aStep, long b, long bRow, long c, long cRow) {
    inPlace(k, a, aStep, b, bRow, c, cRow, null);
  }

  /** The same, while the kernels fetch. */
  void inPlace(
      int k, long a, long aStep, long b, long bRow, long c, long cRow, @Nullable Ahead ahead) {
    long panel = (long) WIDTH * Float.BYTES;
    multiply(0, rows.count(), k, a, aStep, b, panel, bRow, bRow, 0, c, cRow, ahead);
  }

  /** The same for a B in panels: {@link PanelPacking#packNarrowLast}. */
  void packed(int k, long a, long aStep, long b, long c, long cRow) {
    packedBlocks(0, rows.count(), k, a, aStep, b, 0, c, cRow, null);
  }

  /**
   * The same for some of the blocks of rows.
   *
   * @param a the first row of all
   * @param bias the address of as many numbers as C has columns, with which the sums of a product
   *     that adds to C begin, instead of with C; or 0
   * @param c the first row of all
   * @param ahead what kernels fetch meanwhile, if they do; null for nothing
   */
  void packedBlocks(
      int first,
      int end,
      int k,
      long a,
      long aStep,
      long b,
      long bias,
      long c,
      long cRow,
      @Nullable Ahead ahead) {
    long step = (long) WIDTH * Float.BYTES;
    multiply(
        first, end, k, a, aStep, b, step * k, step, narrow ? BYTES : step, bias, c, cRow, ahead);
  }

  private void multiply(
      int first,
      int end,
      int k,
      long a,
      long aStep,
      long b,
      long panel,
      long step,
      long lastStep,
      long bias,
      long c,
      long cRow,
      @Nullable Ahead ahead) {
    int panels = Math.ceilDiv(columns, WIDTH);
    int calls = panels * (end - first);
    for (int i = 0; i < panels; i++) {
      boolean last = i == panels - 1;
      long column = (long) i * WIDTH * Float.BYTES;
      for (int block = first; block < end; block++) {
        boolean full = rows.height(block) == rows.high();
        BlockKernel kernel = last ? full ? highLast : lowLast : full ? high : low;
        int row = rows.first(block);
        long to = c + row * cRow + column;
        if (bias != 0) {
          begin(bias + column, last && narrow ? 1 : 2, rows.height(block), to, cRow);
        }
        int call = i * (end - first) + block - first;
        long pace = 0;
        long pitch = 0;
        long next = to;
        if (ahead != null && ahead.seek(call, calls)) {
          pace = (long) ahead.lines() * BlockSpec.Fetch.ROW / k;
          pitch = ahead.pitch();
          next = ahead.address();
        }
        kernel.run(
            a + row * aRow,
            aStep,
            b + i * panel,
            last ? lastStep : step,
            BYTES,
            k,
            1,
            0,
            0,
            1,
            pace,
            pitch,
            to,
            cRow,
            BYTES,
            next);
      }
    }
  }

  /** The bias in each row of a block, on its way to the first cache level. */
  private static void begin(long bias, int vectors, int height, long c, long cRow) {
    for (int i = 0; i < vectors; i++) {
      long offset = (long) i * BYTES;
      FloatVector values = FloatVector.fromMemorySegment(F, ALL, bias + offset, ORDER);
      for (int row = 0; row < height; row++) {
        values.intoMemorySegment(ALL, c + offset + row * cRow, ORDER);
      }
    }
  }
}
