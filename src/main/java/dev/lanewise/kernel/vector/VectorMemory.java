package dev.lanewise.kernel.vector;

import static dev.lanewise.kernel.vector.Lanes.F;
import static dev.lanewise.kernel.vector.Lanes.L;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * Copies and fills at raw addresses.
 *
 * <p>Most kernels call the Vector API directly instead of the short forms here: it is always
 * inlined, while a method of ours is not once the compiler's budget for a loop is used up (see
 * {@code VectorMath}), and then boxes the vector it returns. The short forms are for loops of a few
 * operations.
 */
public final class VectorMemory {
  private static final FloatVector ZERO = FloatVector.zero(F);

  private VectorMemory() {}

  static FloatVector load(long address) {
    return FloatVector.fromMemorySegment(F, Mem.ALL, address, Mem.ORDER);
  }

  static FloatVector broadcast(float value) {
    return FloatVector.broadcast(F, value);
  }

  /** Copies floats; the two places do not overlap. */
  public static void copy(long from, long to, int n) {
    int bound = F.loopBound(n);
    for (int i = 0; i < bound; i += L) {
      FloatVector.fromMemorySegment(F, Mem.ALL, from + (long) i * 4, Mem.ORDER)
          .intoMemorySegment(Mem.ALL, to + (long) i * 4, Mem.ORDER);
    }
    if (bound < n) {
      VectorMask<Float> mask = F.indexInRange(0, n - bound);
      long offset = (long) bound * 4;
      FloatVector.fromMemorySegment(F, Mem.ALL, from + offset, Mem.ORDER, mask)
          .intoMemorySegment(Mem.ALL, to + offset, Mem.ORDER, mask);
    }
  }

  /** Sets floats to one value. */
  public static void fill(long to, float value, int n) {
    FloatVector vector = FloatVector.broadcast(F, value);
    int bound = F.loopBound(n);
    for (int i = 0; i < bound; i += L) {
      vector.intoMemorySegment(Mem.ALL, to + (long) i * 4, Mem.ORDER);
    }
    if (bound < n) {
      vector.intoMemorySegment(
          Mem.ALL, to + (long) bound * 4, Mem.ORDER, F.indexInRange(0, n - bound));
    }
  }

  /** Copies whole vectors. */
  public static void copyVectors(long from, long to, int vectors) {
    for (int i = 0; i < vectors; i++) {
      FloatVector.fromMemorySegment(F, Mem.ALL, from + (long) i * Lanes.BYTES, Mem.ORDER)
          .intoMemorySegment(Mem.ALL, to + (long) i * Lanes.BYTES, Mem.ORDER);
    }
  }

  /** Sets whole vectors to zero. */
  public static void zeroVectors(long to, int vectors) {
    for (int i = 0; i < vectors; i++) {
      ZERO.intoMemorySegment(Mem.ALL, to + (long) i * Lanes.BYTES, Mem.ORDER);
    }
  }

  /** Adds whole vectors to others. */
  public static void addVectors(long from, long to, int vectors) {
    for (int i = 0; i < vectors; i++) {
      long at = to + (long) i * Lanes.BYTES;
      FloatVector.fromMemorySegment(F, Mem.ALL, at, Mem.ORDER)
          .add(FloatVector.fromMemorySegment(F, Mem.ALL, from + (long) i * Lanes.BYTES, Mem.ORDER))
          .intoMemorySegment(Mem.ALL, at, Mem.ORDER);
    }
  }
}
