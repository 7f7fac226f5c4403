package dev.lanewise.kernel.norm;

import static dev.lanewise.kernel.vector.Lanes.L;

/**
 * How the channels of a batch lie in memory, for kernels that treat each channel alike: either
 * images in batch lanes, {@code [ceil(N/L)][pixels][C][L]}, or rows {@code [N][C]} whose channels
 * fill whole vectors.
 *
 * <p>Both are walked as {@code [blocks][positions][columns]} vectors. Where there are few channels,
 * several pixels are taken for one position, so that a column loop is never too short to be worth
 * its start; column j then belongs to channel {@code j % C}.
 *
 * @param N images, or rows
 * @param C channels
 * @param pixels of an image; 1 for rows
 * @param rows whether the lanes are channels
 */
public record ChannelDims(int N, int C, int pixels, boolean rows) {
  /** Columns that a loop should have at least, if the pixels allow it. */
  private static final int ENOUGH_COLUMNS = 32;

  /** Checks that rows consist of whole vectors. */
  public ChannelDims {
    if (rows && (C % L != 0 || pixels != 1)) {
      throw new IllegalArgumentException(
          "Rows must be whole vectors of "
              + L
              + " channels and 1 pixel, found "
              + C
              + " channels.");
    }
  }

  /** Images in the layout of batch lanes. */
  public static ChannelDims images(int n, int c, int pixels) {
    return new ChannelDims(n, c, pixels, false);
  }

  /** Plain rows; C must be a multiple of the lanes. */
  public static ChannelDims rows(int n, int c) {
    return new ChannelDims(n, c, 1, true);
  }

  /** Elements of one channel. */
  public long count() {
    return (long) N * pixels;
  }

  int blocks() {
    return rows ? 1 : Math.ceilDiv(N, L);
  }

  /** Images in the last block. */
  int lastLanes() {
    return rows ? L : N - (blocks() - 1) * L;
  }

  /** Pixels that count as one position. */
  int fold() {
    int fold = 1;
    while (!rows && C * fold < ENOUGH_COLUMNS && pixels % (2 * fold) == 0) {
      fold *= 2;
    }
    return fold;
  }

  int positions() {
    return rows ? N : pixels / fold();
  }

  int columns() {
    return rows ? C / L : C * fold();
  }
}
