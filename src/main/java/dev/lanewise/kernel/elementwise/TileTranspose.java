package dev.lanewise.kernel.elementwise;

import static dev.lanewise.kernel.vector.Lanes.BYTES;
import static dev.lanewise.kernel.vector.Lanes.F;
import static dev.lanewise.kernel.vector.Lanes.I;
import static dev.lanewise.kernel.vector.Lanes.L;

import dev.lanewise.kernel.team.Scratch;
import dev.lanewise.kernel.template.FirstCalls;
import dev.lanewise.kernel.vector.Mem;
import dev.lanewise.kernel.vector.VectorMemory;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
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
public final class TileTranspose {
  private static final VectorShuffle<Float> FLIP_4 = flip(4);
  private static final VectorShuffle<Float> FLIP_2 = flip(2);
  private static final VectorShuffle<Float> FLIP_1 = flip(1);
  private static final VectorMask<Float> HIGH_4 = high(4);
  private static final VectorMask<Float> HIGH_2 = high(2);
  private static final VectorMask<Float> HIGH_1 = high(1);
  private static final VectorMask<Float> LOW_4 = HIGH_4.not();
  private static final VectorMask<Float> LOW_2 = HIGH_2.not();
  private static final VectorMask<Float> LOW_1 = HIGH_1.not();

  // With 16 lanes one instruction takes from two vectors; with fewer the compiler has none, and two
  // shuffles and blends serve.
  private static final IntVector PAIR_LOW_8 = pair(8, 0);
  private static final IntVector PAIR_LOW_4 = pair(4, 0);
  private static final IntVector PAIR_LOW_2 = pair(2, 0);
  private static final IntVector PAIR_LOW_1 = pair(1, 0);
  private static final IntVector PAIR_HIGH_8 = pair(8, 8);
  private static final IntVector PAIR_HIGH_4 = pair(4, 4);
  private static final IntVector PAIR_HIGH_2 = pair(2, 2);
  private static final IntVector PAIR_HIGH_1 = pair(1, 1);

  private static final int TILE_BYTES = L * BYTES;

  private static final FirstCalls FIRST = new FirstCalls();

  private TileTranspose() {}

  /** Exchanges the lanes whose numbers differ in one bit. */
  private static VectorShuffle<Float> flip(int bit) {
    return VectorShuffle.fromOp(F, lane -> (lane ^ bit) % L);
  }

  /**
   * Where the lanes of one half of a butterfly come from: the lanes of the first vector whose bit
   * is {@code given}, and, where the bit is set, such lanes of the second one.
   */
  private static IntVector pair(int bit, int given) {
    int[] lanes = new int[L];
    for (int lane = 0; lane < L; lane++) {
      int other = lane & ~bit | given & bit;
      lanes[lane] = (lane & bit) == 0 ? other : L + other;
    }
    return IntVector.fromArray(I, lanes, 0);
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
  public static void run(
      long source,
      long sourceRow,
      int sourceRows,
      int sourceColumns,
      long target,
      long targetRow,
      int targetRows,
      int targetColumns,
      long buffer) {
    if (FIRST.over()) {
      vectors(
          source,
          sourceRow,
          sourceRows,
          sourceColumns,
          target,
          targetRow,
          targetRows,
          targetColumns,
          buffer);
      return;
    }
    long start = System.nanoTime();
    if (FIRST.vectorsNext()) {
      vectors(
          source,
          sourceRow,
          sourceRows,
          sourceColumns,
          target,
          targetRow,
          targetRows,
          targetColumns,
          buffer);
      FIRST.vectorsDone(System.nanoTime() - start, (long) L * L);
    } else {
      scalars(
          source,
          sourceRow,
          sourceRows,
          sourceColumns,
          target,
          targetRow,
          targetRows,
          targetColumns);
      FIRST.scalarsDone(System.nanoTime() - start);
    }
  }

  /** The same over ints in arrays: what serves at first, see {@link FirstCalls}. */
  static void scalars(
      long source,
      long sourceRow,
      int sourceRows,
      int sourceColumns,
      long target,
      long targetRow,
      int targetRows,
      int targetColumns) {
    int[] tile = new int[L * L];
    for (int i = 0; i < sourceRows; i++) {
      MemorySegment.copy(Mem.ALL, Mem.INT, source + i * sourceRow, tile, i * L, sourceColumns);
    }
    int[] turned = new int[L];
    for (int j = 0; j < targetRows; j++) {
      for (int i = 0; i < L; i++) {
        turned[i] = tile[i * L + j];
      }
      MemorySegment.copy(turned, 0, Mem.ALL, Mem.INT, target + j * targetRow, targetColumns);
    }
  }

  static void vectors(
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
        long from = source + i * row & Mem.ADDRESS_BITS;
        long row4 = from + 4 * row & Mem.ADDRESS_BITS;
        long row8 = from + 8 * row & Mem.ADDRESS_BITS;
        long row12 = from + 12 * row & Mem.ADDRESS_BITS;
        long to = buffer + (long) i * BYTES & Mem.ADDRESS_BITS;
        IntVector a = IntVector.fromMemorySegment(I, Mem.ALL, from, Mem.ORDER);
        IntVector b = IntVector.fromMemorySegment(I, Mem.ALL, row4, Mem.ORDER);
        IntVector c = IntVector.fromMemorySegment(I, Mem.ALL, row8, Mem.ORDER);
        IntVector d = IntVector.fromMemorySegment(I, Mem.ALL, row12, Mem.ORDER);
        IntVector a8 = PAIR_LOW_8.selectFrom(a, c);
        IntVector c8 = PAIR_HIGH_8.selectFrom(a, c);
        IntVector b8 = PAIR_LOW_8.selectFrom(b, d);
        IntVector d8 = PAIR_HIGH_8.selectFrom(b, d);
        PAIR_LOW_4.selectFrom(a8, b8).intoMemorySegment(Mem.ALL, to, Mem.ORDER);
        PAIR_HIGH_4.selectFrom(a8, b8).intoMemorySegment(Mem.ALL, to + 4L * BYTES, Mem.ORDER);
        PAIR_LOW_4.selectFrom(c8, d8).intoMemorySegment(Mem.ALL, to + 8L * BYTES, Mem.ORDER);
        PAIR_HIGH_4.selectFrom(c8, d8).intoMemorySegment(Mem.ALL, to + 12L * BYTES, Mem.ORDER);
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
    if (L == 16) {
      secondPassOfPairs(buffer, target, row);
      return;
    }
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

  private static void secondPassOfPairs(long buffer, long target, long row) {
    for (int i = 0; i < L; i += 4) {
      long from = buffer + (long) i * BYTES & Mem.ADDRESS_BITS;
      IntVector a = IntVector.fromMemorySegment(I, Mem.ALL, from, Mem.ORDER);
      IntVector b = IntVector.fromMemorySegment(I, Mem.ALL, from + BYTES, Mem.ORDER);
      IntVector c = IntVector.fromMemorySegment(I, Mem.ALL, from + 2L * BYTES, Mem.ORDER);
      IntVector d = IntVector.fromMemorySegment(I, Mem.ALL, from + 3L * BYTES, Mem.ORDER);
      IntVector a2 = PAIR_LOW_2.selectFrom(a, c);
      IntVector c2 = PAIR_HIGH_2.selectFrom(a, c);
      IntVector b2 = PAIR_LOW_2.selectFrom(b, d);
      IntVector d2 = PAIR_HIGH_2.selectFrom(b, d);
      long to = target + i * row & Mem.ADDRESS_BITS;
      PAIR_LOW_1.selectFrom(a2, b2).intoMemorySegment(Mem.ALL, to, Mem.ORDER);
      to = to + row & Mem.ADDRESS_BITS;
      PAIR_HIGH_1.selectFrom(a2, b2).intoMemorySegment(Mem.ALL, to, Mem.ORDER);
      to = to + row & Mem.ADDRESS_BITS;
      PAIR_LOW_1.selectFrom(c2, d2).intoMemorySegment(Mem.ALL, to, Mem.ORDER);
      to = to + row & Mem.ADDRESS_BITS;
      PAIR_HIGH_1.selectFrom(c2, d2).intoMemorySegment(Mem.ALL, to, Mem.ORDER);
    }
  }
}
