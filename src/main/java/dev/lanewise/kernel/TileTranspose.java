package dev.lanewise.kernel;

import static dev.lanewise.kernel.Lanes.BYTES;
import static dev.lanewise.kernel.Lanes.F;
import static dev.lanewise.kernel.Lanes.L;

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
    VectorMask<Float> mask = F.indexInRange(0, columns);
    for (int i = 0; i < rows; i++) {
      FloatVector.fromMemorySegment(F, Mem.ALL, source + i * sourceRow, Mem.ORDER, mask)
          .intoMemorySegment(Mem.ALL, target + i * targetRow, Mem.ORDER, mask);
    }
  }

  /** The rounds above 2, from the source into the buffer. */
  private static void firstPass(long source, long row, long buffer) {
    if (L == 16) {
      for (int i = 0; i < 4; i++) {
        long from = source + i * row;
        long to = buffer + (long) i * BYTES;
        FloatVector a = FloatVector.fromMemorySegment(F, Mem.ALL, from, Mem.ORDER);
        FloatVector b = FloatVector.fromMemorySegment(F, Mem.ALL, from + 4 * row, Mem.ORDER);
        FloatVector c = FloatVector.fromMemorySegment(F, Mem.ALL, from + 8 * row, Mem.ORDER);
        FloatVector d = FloatVector.fromMemorySegment(F, Mem.ALL, from + 12 * row, Mem.ORDER);
        FloatVector a8 = a.blend(c.rearrange(FLIP_8), HIGH_8);
        FloatVector c8 = c.blend(a.rearrange(FLIP_8), LOW_8);
        FloatVector b8 = b.blend(d.rearrange(FLIP_8), HIGH_8);
        FloatVector d8 = d.blend(b.rearrange(FLIP_8), LOW_8);
        a8.blend(b8.rearrange(FLIP_4), HIGH_4).intoMemorySegment(Mem.ALL, to, Mem.ORDER);
        b8.blend(a8.rearrange(FLIP_4), LOW_4)
            .intoMemorySegment(Mem.ALL, to + 4L * BYTES, Mem.ORDER);
        c8.blend(d8.rearrange(FLIP_4), HIGH_4)
            .intoMemorySegment(Mem.ALL, to + 8L * BYTES, Mem.ORDER);
        d8.blend(c8.rearrange(FLIP_4), LOW_4)
            .intoMemorySegment(Mem.ALL, to + 12L * BYTES, Mem.ORDER);
      }
    } else if (L == 8) {
      for (int i = 0; i < 4; i++) {
        long from = source + i * row;
        long to = buffer + (long) i * BYTES;
        FloatVector a = FloatVector.fromMemorySegment(F, Mem.ALL, from, Mem.ORDER);
        FloatVector b = FloatVector.fromMemorySegment(F, Mem.ALL, from + 4 * row, Mem.ORDER);
        a.blend(b.rearrange(FLIP_4), HIGH_4).intoMemorySegment(Mem.ALL, to, Mem.ORDER);
        b.blend(a.rearrange(FLIP_4), LOW_4).intoMemorySegment(Mem.ALL, to + 4L * BYTES, Mem.ORDER);
      }
    } else {
      for (int i = 0; i < L; i++) {
        FloatVector.fromMemorySegment(F, Mem.ALL, source + i * row, Mem.ORDER)
            .intoMemorySegment(Mem.ALL, buffer + (long) i * BYTES, Mem.ORDER);
      }
    }
  }

  /** Rounds 2 and 1 on four adjacent rows at a time, from the buffer into the target. */
  private static void secondPass(long buffer, long target, long row) {
    for (int i = 0; i < L; i += 4) {
      long from = buffer + (long) i * BYTES;
      long to = target + i * row;
      FloatVector a = FloatVector.fromMemorySegment(F, Mem.ALL, from, Mem.ORDER);
      FloatVector b = FloatVector.fromMemorySegment(F, Mem.ALL, from + BYTES, Mem.ORDER);
      FloatVector c = FloatVector.fromMemorySegment(F, Mem.ALL, from + 2L * BYTES, Mem.ORDER);
      FloatVector d = FloatVector.fromMemorySegment(F, Mem.ALL, from + 3L * BYTES, Mem.ORDER);
      FloatVector a2 = a.blend(c.rearrange(FLIP_2), HIGH_2);
      FloatVector c2 = c.blend(a.rearrange(FLIP_2), LOW_2);
      FloatVector b2 = b.blend(d.rearrange(FLIP_2), HIGH_2);
      FloatVector d2 = d.blend(b.rearrange(FLIP_2), LOW_2);
      a2.blend(b2.rearrange(FLIP_1), HIGH_1).intoMemorySegment(Mem.ALL, to, Mem.ORDER);
      b2.blend(a2.rearrange(FLIP_1), LOW_1).intoMemorySegment(Mem.ALL, to + row, Mem.ORDER);
      c2.blend(d2.rearrange(FLIP_1), HIGH_1).intoMemorySegment(Mem.ALL, to + 2 * row, Mem.ORDER);
      d2.blend(c2.rearrange(FLIP_1), LOW_1).intoMemorySegment(Mem.ALL, to + 3 * row, Mem.ORDER);
    }
  }
}
