package dev.lanewise.kernel.conv;

import dev.lanewise.kernel.team.Team;

/**
 * Cuts an image into pieces of rows and columns that are worked on one after the other: their
 * operands stay in the L2 cache, and each is a chunk for the {@link Team}. The cut depends on the
 * problem only.
 *
 * @param rowsAtOnce rows of a piece, fewer in the last one
 * @param columnsAtOnce columns of a piece, fewer in the last one
 * @param rows pieces down
 * @param columns pieces across
 */
record ConvPieces(int rowsAtOnce, int columnsAtOnce, int rows, int columns) {
  /** Half of the smallest L2 cache in use; the other half is for weights and sums. */
  private static final long CACHE_BYTES = 512 << 10;

  /** Work that is worth a chunk: about 20 µs. */
  private static final long CHUNK_MULTIPLY_ADDS = 2_000_000;

  /** More chunks than this only cost claims, and copies of rows that two of them read. */
  private static final int ENOUGH_CHUNKS = 32;

  /**
   * Pieces whose input fits the cache.
   *
   * @param height rows of the result
   * @param width columns of the result
   * @param rowStep rows of the input from one row of the result to the next
   * @param halo rows of the input that one row of the result reads
   * @param pixelBytes of the input, for one column of the result
   * @param multiplyAdds of all images
   * @param blocks of images
   */
  static ConvPieces of(
      int height,
      int width,
      int rowStep,
      int halo,
      long pixelBytes,
      long multiplyAdds,
      int blocks) {
    int columns =
        (int) Math.clamp(Math.ceilDiv((long) halo * width * pixelBytes, 2 * CACHE_BYTES), 1, width);
    int columnsAtOnce = Math.ceilDiv(width, columns);
    int most =
        rows(
            height,
            rowStep,
            halo,
            columnsAtOnce * pixelBytes,
            multiplyAdds / blocks / columns,
            multiplyAdds);
    int rowsAtOnce = Math.ceilDiv(height, Math.ceilDiv(height, most));
    return new ConvPieces(
        rowsAtOnce,
        columnsAtOnce,
        Math.ceilDiv(height, rowsAtOnce),
        Math.ceilDiv(width, columnsAtOnce));
  }

  /**
   * Pieces of whole rows.
   *
   * @param height rows of the result
   * @param rowStep rows of the input from one row of the result to the next
   * @param halo rows of the input that one row of the result reads
   * @param rowBytes of the input
   * @param multiplyAdds of all images
   * @param blocks of images
   */
  static ConvPieces ofRows(
      int height, double rowStep, int halo, long rowBytes, long multiplyAdds, int blocks) {
    int rows =
        Math.ceilDiv(
            height, rows(height, rowStep, halo, rowBytes, multiplyAdds / blocks, multiplyAdds));
    int rowsAtOnce = Math.ceilDiv(height, rows);
    return new ConvPieces(rowsAtOnce, 1, Math.ceilDiv(height, rowsAtOnce), 1);
  }

  /** Rows whose input fits the cache, and that are no more than a chunk. */
  private static int rows(
      int height, double rowStep, int halo, long rowBytes, long imageMultiplyAdds, long all) {
    double room = Math.max(0, 2.0 * CACHE_BYTES / rowBytes - halo);
    long chunk = Math.max(CHUNK_MULTIPLY_ADDS, all / ENOUGH_CHUNKS);
    double most =
        Math.min(1 + room / rowStep, (double) chunk * height / Math.max(1, imageMultiplyAdds));
    return (int) Math.clamp((long) most, 1, height);
  }

  /** Pieces of one image. */
  int count() {
    return rows * columns;
  }

  /** The first row of a piece. */
  int row(int piece) {
    return piece / columns % rows * rowsAtOnce;
  }

  /** The first column of a piece. */
  int column(int piece) {
    return piece % columns * columnsAtOnce;
  }
}
