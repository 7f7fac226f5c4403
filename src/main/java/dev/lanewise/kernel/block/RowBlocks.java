package dev.lanewise.kernel.block;

/**
 * Rows of a product, cut into blocks for the kernels.
 *
 * @param rows how many there are
 * @param count blocks
 * @param high rows of the first blocks
 * @param low how many blocks, the last ones, have a row less
 */
public record RowBlocks(int rows, int count, int high, int low) {
  /** The fewest blocks, as even as possible: two kernels serve them, and no row is in two. */
  public static RowBlocks even(int rows, int most) {
    int count = Math.ceilDiv(rows, most);
    int high = Math.ceilDiv(rows, count);
    return new RowBlocks(rows, count, high, count * high - rows);
  }

  /**
   * Blocks of one height, {@code most} or one less, whichever leaves fewer rows to be computed
   * twice: the last block moves back to be a whole one.
   */
  public static RowBlocks alike(int rows, int most) {
    int fewer = most - 1;
    int high = roundUp(rows, most) <= roundUp(rows, fewer) ? most : fewer;
    return new RowBlocks(rows, Math.ceilDiv(rows, high), high, 0);
  }

  private static int roundUp(int rows, int multiple) {
    return Math.ceilDiv(rows, multiple) * multiple;
  }

  /** The first row of a block, or, for the number of blocks, the end. */
  public int first(int block) {
    int first = block * high - Math.max(0, block - (count - low));
    return block == count ? rows : Math.min(first, rows - height(block));
  }

  /** The rows of a block. */
  public int height(int block) {
    return block < count - low ? high : high - 1;
  }
}
