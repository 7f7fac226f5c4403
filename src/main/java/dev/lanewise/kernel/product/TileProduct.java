package dev.lanewise.kernel.product;

import static dev.lanewise.kernel.vector.Lanes.BYTES;
import static dev.lanewise.kernel.vector.Lanes.L;

import dev.lanewise.blas.BlasChoice;
import dev.lanewise.kernel.block.BlockKernel;
import dev.lanewise.kernel.block.BlockKernels;
import dev.lanewise.kernel.block.BlockSpec;
import dev.lanewise.kernel.block.Epilogue;
import dev.lanewise.kernel.block.RowBlocks;

/**
 * Products of a size on the calling thread, for operands that lie in its caches: A is read where it
 * lies, and of B panels of 32 columns, the last one of 16 if there are no more. A library's call
 * packs both, which for sums of 32 or 64 steps takes as long as the multiply-adds.
 */
final class TileProduct {
  static final int WIDTH = 2 * L;

  /** Rows and columns below which too much of a block is idle. */
  private static final int LEAST = 12;

  static final boolean AVAILABLE =
      L == 16 && BlockKernels.anyBlock() && !BlasChoice.openBlasForced();

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
    columns = n;
    this.aRow = aRow;
    rows = RowBlocks.even(m, FullyConnected.ROWS);
    narrow = n % WIDTH > 0 && n % WIDTH <= L;
    high = kernel(rows.high(), 2, aRow, epilogue);
    low = rows.low() == 0 ? high : kernel(rows.high() - 1, 2, aRow, epilogue);
    highLast = narrow ? kernel(rows.high(), 1, aRow, epilogue) : high;
    lowLast =
        !narrow ? low : rows.low() == 0 ? highLast : kernel(rows.high() - 1, 1, aRow, epilogue);
  }

  private static BlockKernel kernel(int rows, int vectors, long aRow, Epilogue epilogue) {
    return BlockKernels.get(BlockSpec.strided(rows, vectors, aRow, epilogue));
  }

  /** Whether products of so many rows and columns are worth it. */
  static boolean pays(int m, int n) {
    return AVAILABLE && m >= LEAST && n >= LEAST;
  }

  /** Whether it is of this size. */
  boolean is(int m, int n) {
    return rows.rows() == m && columns == n;
  }

  /** Bytes of the panels of a packed B. */
  static long panelBytes(int n, int k) {
    return (long) Math.ceilDiv(n, WIDTH) * WIDTH * k * Float.BYTES + PanelPacking.SLACK_BYTES;
  }

  /** C = A B, or C + A B, for a B whose rows are whole vectors that follow each other. */
  void inPlace(int k, long a, long aStep, long b, long bRow, long c, long cRow) {
    multiply(k, a, aStep, b, (long) WIDTH * Float.BYTES, bRow, bRow, c, cRow);
  }

  /** The same for a B in panels: {@link PanelPacking#packNarrowLast}. */
  void packed(int k, long a, long aStep, long b, long c, long cRow) {
    long step = (long) WIDTH * Float.BYTES;
    multiply(k, a, aStep, b, step * k, step, narrow ? BYTES : step, c, cRow);
  }

  private void multiply(
      int k, long a, long aStep, long b, long panel, long step, long lastStep, long c, long cRow) {
    int panels = Math.ceilDiv(columns, WIDTH);
    for (int i = 0; i < panels; i++) {
      boolean last = i == panels - 1;
      for (int block = 0; block < rows.count(); block++) {
        boolean full = rows.height(block) == rows.high();
        BlockKernel kernel = last ? full ? highLast : lowLast : full ? high : low;
        int row = rows.first(block);
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
            0,
            0,
            c + row * cRow + (long) i * WIDTH * Float.BYTES,
            cRow,
            BYTES,
            0);
      }
    }
  }
}
