package dev.lanewise.kernel.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShuffle;

/**
 * Sums over the lanes of vectors, always in the same order: the upper half is added to the lower
 * one until one lane is left. The Vector API's own reduction leaves the order open, and gives other
 * bits in the interpreter than in compiled code.
 */
public final class LaneSums {
  // Rotations by half of what is left. Those that a narrow species does not need are never applied.
  private static final VectorShuffle<Float> BY_8 = rotation(8);
  private static final VectorShuffle<Float> BY_4 = rotation(4);
  private static final VectorShuffle<Float> BY_2 = rotation(2);
  private static final VectorShuffle<Float> BY_1 = rotation(1);

  private LaneSums() {}

  private static VectorShuffle<Float> rotation(int by) {
    return VectorShuffle.iota(Lanes.F, by % Lanes.L, 1, true);
  }

  /** The sum of the lanes of one vector; a loop that calls this must be compiled with it. */
  public static float sum(FloatVector vector) {
    FloatVector v = vector;
    if (Lanes.L >= 16) {
      v = v.add(v.rearrange(BY_8));
    }
    if (Lanes.L >= 8) {
      v = v.add(v.rearrange(BY_4));
    }
    v = v.add(v.rearrange(BY_2));
    v = v.add(v.rearrange(BY_1));
    return v.lane(0);
  }

  /**
   * Reduces the accumulators of a block, which stand one after the other in scratch memory, to one
   * float each. Going through memory keeps the block kernels small; it costs one store and one load
   * from the first cache level for each.
   */
  public static void reduce(
      long scratch, int rows, int columns, long c, long cRow, long cVec, boolean accumulate) {
    for (int i = 0; i < rows * columns; i++) {
      float sum =
          sum(
              FloatVector.fromMemorySegment(
                  Lanes.F, Mem.ALL, scratch + (long) i * Lanes.BYTES, Mem.ORDER));
      long address = c + (i / columns) * cRow + (i % columns) * cVec;
      Mem.set(address, accumulate ? Mem.get(address) + sum : sum);
    }
  }
}
