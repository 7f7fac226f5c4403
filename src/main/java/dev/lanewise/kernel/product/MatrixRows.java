package dev.lanewise.kernel.product;

import dev.lanewise.kernel.block.BlockSpec;
import dev.lanewise.kernel.team.Scratch;

/**
 * Rows of a matrix in memory, which are brought to the caches before they are needed.
 *
 * @param leading elements from a row to the next
 */
record MatrixRows(long address, int leading, int columns) {
  /** Such a part of a row at most is a small gap. */
  private static final int SMALL_GAP = 8;

  long at(int row) {
    return address + row * bytes();
  }

  /** From a row to the next. */
  long bytes() {
    return (long) leading * Float.BYTES;
  }

  /** Reads some rows, line by line. */
  void read(int first, int end) {
    PanelPacking.read(at(first), bytes(), end - first, columns, Scratch.address());
  }

  /** Some rows for kernels to fetch. Small gaps between them are fetched, too. */
  void addTo(Ahead ahead, int first, int end) {
    int rows = end - first;
    long row = (long) columns * Float.BYTES;
    if (rows > 0 && leading - columns <= columns / SMALL_GAP) {
      long lines = ((rows - 1) * bytes() + row) / BlockSpec.CACHE_LINE;
      ahead.add(at(first), (int) lines, BlockSpec.CACHE_LINE, 1);
    } else if (rows > 0) {
      ahead.add(at(first), rows, bytes(), Math.max(1, (int) (row / BlockSpec.CACHE_LINE)));
    }
  }
}
