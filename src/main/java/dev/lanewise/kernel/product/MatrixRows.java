package dev.lanewise.kernel.product;

import dev.lanewise.kernel.block.BlockSpec;
import dev.lanewise.kernel.team.Scratch;
import org.jspecify.annotations.Nullable;

/**
 * Rows of a matrix in memory, which are brought to the caches before they are needed.
 *
 * @param leading elements from a row to the next
 */
record MatrixRows(long address, int leading, int columns) {
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

  /** Some rows of both for kernels to fetch; of rows with gaps none, or null where all have. */
  static TileProduct.@Nullable Ahead ahead(MatrixRows one, MatrixRows other, int first, int end) {
    return TileProduct.Ahead.of(
        one.at(first), one.lines(end - first), other.at(first), other.lines(end - first));
  }

  private long lines(int rows) {
    return leading == columns ? rows * bytes() / BlockSpec.CACHE_LINE : 0;
  }
}
