package dev.lanewise.kernel;

import static dev.lanewise.kernel.Lanes.BYTES;
import static dev.lanewise.kernel.Lanes.F;
import static dev.lanewise.kernel.Lanes.L;
import static dev.lanewise.kernel.VectorMemory.load;
import static dev.lanewise.kernel.VectorMemory.store;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;

/**
 * Transposes tiles of L x L four-byte elements: what all reorders are made of.
 *
 * <p>A transpose exchanges the bits of the row number with those of the column number. One
 * butterfly exchanges one bit between two rows that differ in it; there are log2 L rounds of them.
 * Two passes of at most two rounds each keep four rows in registers; between the passes the tile
 * stands in a small buffer, in the first cache level.
 *
 * <p>No vector is passed to a method here: a call that the compiler once does not inline would box
 * it.
 */
final class TileTranspose {
  private static final VectorShuffle<Float> FLIP_8 = flip(8);
  private static final VectorShuffle<Float> FLIP_4 = flip(4);
  private static final VectorShuffle<Float> FLIP_2 = flip(2);
  private static final VectorShuffle<Float> FLIP_1 = flip(1);
  private static final VectorMask<Float> HIGH_8 = high(8);
  private static final VectorMask<Float> HIGH_4 = high(4);
  private static final VectorMask<Float> HIGH_2 = high(2);
  private static final VectorMask<Float> HIGH_1 = high(1);
  private static final VectorMask<Float> LOW_8 = HIGH_8.not();
  private static final VectorMask<Float> LOW_4 = HIGH_4.not();
  private static final VectorMask<Float> LOW_2 = HIGH_2.not();
  private static final VectorMask<Float> LOW_1 = HIGH_1.not();

  private static final int TILE_BYTES = L * BYTES;

  private TileTranspose() {}

  /** Exchanges the lanes whose numbers differ in one bit. */
  private static VectorShuffle<Float> flip(int bit) {
    return VectorShuffle.fromOp(F, lane -> (lane ^ bit) % L);
  }

  /** The lanes that have the bit set. */
  private static VectorMask<Float> high(int bit) {
    long lanes = 0;
    for (int lane = 0; lane < L; lane++) {
      lanes |= (lane & bit) != 0 ? 1L << lane : 0;
    }
    return VectorMask.fromLong(F, lanes);
  }

  /**
   * target[j][i] = source[i][j]. What lies beyond the rows and columns of the source counts as
   * zero.
   *
   * @param source address of the first element
   * @param sourceRow bytes from row to row
   * @param sourceRows rows to read, 1 to L
   * @param sourceColumns elements to read of each, 1 to L
   * @param target address of the first element written
   * @param targetRow bytes from row to row
   * @param targetRows rows to write, 1 to L
   * @param targetColumns elements to write of each, 1 to L
   * @param buffer from {@link Scratch#address()}, to be fetched once per chunk
   */
  static void run(
      long source,
      long sourceRow,
      int sourceRows,
      int sourceColumns,
      long target,
      long targetRow,
      int targetRows,
      int targetColumns,
      long buffer) {
    long part = buffer + TILE_BYTES;
    if (sourceRows == L && sourceColumns == L) {
      firstPass(source, sourceRow, buffer);
    } else {
      VectorMemory.zeroVectors(part, L);
      copyRows(source, sourceRow, part, BYTES, sourceRows, sourceColumns);
      firstPass(part, BYTES, buffer);
    }
    if (targetRows == L && targetColumns == L) {
      secondPass(buffer, target, targetRow);
    } else {
      secondPass(buffer, part, BYTES);
      copyRows(part, BYTES, target, targetRow, targetRows, targetColumns);
    }
  }

  private static void copyRows(
      long source, long sourceRow, long target, long targetRow, int rows, int columns) {
    VectorMask<Float> mask = VectorMemory.first(columns);
    for (int i = 0; i < rows; i++) {
      store(load(source + i * sourceRow, mask), target + i * targetRow, mask);
    }
  }

  /** The rounds above 2, from the source into the buffer. */
  private static void firstPass(long source, long row, long buffer) {
    if (L == 16) {
      for (int i = 0; i < 4; i++) {
        long from = source + i * row;
        long to = buffer + (long) i * BYTES;
        FloatVector a = load(from);
        FloatVector b = load(from + 4 * row);
        FloatVector c = load(from + 8 * row);
        FloatVector d = load(from + 12 * row);
        FloatVector a8 = a.blend(c.rearrange(FLIP_8), HIGH_8);
        FloatVector c8 = c.blend(a.rearrange(FLIP_8), LOW_8);
        FloatVector b8 = b.blend(d.rearrange(FLIP_8), HIGH_8);
        FloatVector d8 = d.blend(b.rearrange(FLIP_8), LOW_8);
        store(a8.blend(b8.rearrange(FLIP_4), HIGH_4), to);
        store(b8.blend(a8.rearrange(FLIP_4), LOW_4), to + 4L * BYTES);
        store(c8.blend(d8.rearrange(FLIP_4), HIGH_4), to + 8L * BYTES);
        store(d8.blend(c8.rearrange(FLIP_4), LOW_4), to + 12L * BYTES);
      }
    } else if (L == 8) {
      for (int i = 0; i < 4; i++) {
        long from = source + i * row;
        long to = buffer + (long) i * BYTES;
        FloatVector a = load(from);
        FloatVector b = load(from + 4 * row);
        store(a.blend(b.rearrange(FLIP_4), HIGH_4), to);
        store(b.blend(a.rearrange(FLIP_4), LOW_4), to + 4L * BYTES);
      }
    } else {
      for (int i = 0; i < L; i++) {
        store(load(source + i * row), buffer + (long) i * BYTES);
      }
    }
  }

  /** Rounds 2 and 1 on four adjacent rows at a time, from the buffer into the target. */
  private static void secondPass(long buffer, long target, long row) {
    for (int i = 0; i < L; i += 4) {
      long from = buffer + (long) i * BYTES;
      long to = target + i * row;
      FloatVector a = load(from);
      FloatVector b = load(from + BYTES);
      FloatVector c = load(from + 2L * BYTES);
      FloatVector d = load(from + 3L * BYTES);
      FloatVector a2 = a.blend(c.rearrange(FLIP_2), HIGH_2);
      FloatVector c2 = c.blend(a.rearrange(FLIP_2), LOW_2);
      FloatVector b2 = b.blend(d.rearrange(FLIP_2), HIGH_2);
      FloatVector d2 = d.blend(b.rearrange(FLIP_2), LOW_2);
      store(a2.blend(b2.rearrange(FLIP_1), HIGH_1), to);
      store(b2.blend(a2.rearrange(FLIP_1), LOW_1), to + row);
      store(c2.blend(d2.rearrange(FLIP_1), HIGH_1), to + 2 * row);
      store(d2.blend(c2.rearrange(FLIP_1), LOW_1), to + 3 * row);
    }
  }
}
