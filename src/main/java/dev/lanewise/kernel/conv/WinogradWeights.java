package dev.lanewise.kernel.conv;

import dev.lanewise.kernel.block.RowBlocks;
import dev.lanewise.kernel.elementwise.TileTranspose;
import dev.lanewise.kernel.team.Chunks;
import dev.lanewise.kernel.team.Scratch;
import dev.lanewise.kernel.vector.Lanes;

/**
 * The weights of a Winograd convolution: G g Gᵀ, at every point the matrix that the block kernels
 * read. Lanes are rows of that matrix while the weights are transformed.
 */
final class WinogradWeights {
  private WinogradWeights() {}

  /**
   * Transforms and packs: [kind of point][block of {@code rows}][reduced channel][row].
   *
   * @param source [K][C][R][R]
   * @param target {@code size.kinds}² matrices of K * C floats
   * @param point bytes from one of them to the next
   * @param transposed false: rows are k, the reduced channels c. True, for backward-data: rows are
   *     c, reduced are k, and taps are turned round
   */
  static void pack(
      long source,
      long target,
      long point,
      WinogradTransform size,
      int k,
      int c,
      RowBlocks rows,
      boolean transposed) {
    int side = size.taps;
    int tapCount = side * side;
    int channels = transposed ? c : k;
    int reduced = transposed ? k : c;
    int parts = Math.ceilDiv(reduced, Lanes.L);
    long pointRow = size.kinds * point;
    long gathered = ((long) Lanes.L * tapCount + Lanes.L) * Lanes.BYTES;
    long scratchBytes = Scratch.BYTES + gathered + (long) side * size.kinds * Lanes.L * Lanes.BYTES;
    Chunks.run(
        (long) rows.count() * parts,
        (long) Lanes.L * Lanes.L * size.kinds * size.kinds,
        (begin, end) -> {
          long buffer = Scratch.address(scratchBytes);
          long taps = buffer + Scratch.BYTES;
          long half = taps + gathered;
          long tap = transposed ? -Lanes.BYTES : Lanes.BYTES;
          long firstTap = transposed ? taps + (tapCount - 1L) * Lanes.BYTES : taps;
          for (long item = begin; item < end; item++) {
            // What is written one after the other lies one after the other, at every point:
            // there are four times as many products as weights to read.
            int block = (int) (item / parts);
            int row = rows.first(block);
            int first = (int) (item % parts) * Lanes.L;
            int count = Math.min(Lanes.L, reduced - first);
            int width = rows.height(block);
            long to = target + ((long) row * reduced + (long) first * width) * Float.BYTES;
            // A block may have more rows than a vector has lanes.
            for (int part = 0; part < width; part += Lanes.L) {
              int lanes = Math.min(Lanes.L, channels - row - part);
              if (transposed) {
                gatherTransposed(
                    source, k, c, first, count, row + part, lanes, tapCount, taps, buffer);
              } else {
                gather(source, c, row + part, lanes, first, count, tapCount, taps, buffer);
              }
              for (int s = 0; s < side; s++) {
                size.weight(
                    firstTap + s * tap,
                    side * tap,
                    (long) tapCount * Lanes.BYTES,
                    half + (long) s * Lanes.L * Lanes.BYTES,
                    (long) side * Lanes.L * Lanes.BYTES,
                    Lanes.BYTES,
                    count,
                    Lanes.L);
              }
              for (int i = 0; i < size.kinds; i++) {
                size.weight(
                    half + (long) side * i * Lanes.L * Lanes.BYTES,
                    (long) Lanes.L * Lanes.BYTES,
                    Lanes.BYTES,
                    to + i * pointRow + (long) part * Float.BYTES,
                    point,
                    (long) width * Float.BYTES,
                    count,
                    Math.min(Lanes.L, width - part));
              }
            }
          }
        });
  }

  /** [c][tap][lane], lanes being k. */
  private static void gather(
      long source,
      int c,
      int row,
      int lanes,
      int first,
      int count,
      int tapCount,
      long taps,
      long buffer) {
    long kStride = (long) c * tapCount * Float.BYTES;
    long from = source + row * kStride + (long) first * tapCount * Float.BYTES;
    int columns = count * tapCount;
    for (int column = 0; column < columns; column += Lanes.L) {
      int some = Math.min(Lanes.L, columns - column);
      TileTranspose.run(
          from + (long) column * Float.BYTES,
          kStride,
          lanes,
          some,
          taps + (long) column * Lanes.BYTES,
          Lanes.BYTES,
          some,
          Lanes.L,
          buffer);
    }
  }

  /**
   * [k][tap][lane], lanes being c. Whole tiles are read where memory allows: what lies beyond the
   * taps is overwritten by the next k, what lies beyond the channels is not used.
   */
  private static void gatherTransposed(
      long source,
      int allK,
      int c,
      int first,
      int count,
      int row,
      int lanes,
      int tapCount,
      long taps,
      long buffer) {
    long cStride = (long) tapCount * Float.BYTES;
    long end = source + allK * (c * cStride);
    for (int k = 0; k < count; k++) {
      long from = source + ((long) (first + k) * c + row) * cStride;
      long to = taps + (long) k * tapCount * Lanes.BYTES;
      for (int column = 0; column < tapCount; column += Lanes.L) {
        long tile = from + (long) column * Float.BYTES;
        boolean whole = tile + (Lanes.L - 1) * cStride + Lanes.BYTES <= end;
        int some = whole ? Lanes.L : Math.min(Lanes.L, tapCount - column);
        TileTranspose.run(
            tile,
            cStride,
            whole ? Lanes.L : lanes,
            some,
            to + (long) column * Lanes.BYTES,
            Lanes.BYTES,
            some,
            Lanes.L,
            buffer);
      }
    }
  }
}
