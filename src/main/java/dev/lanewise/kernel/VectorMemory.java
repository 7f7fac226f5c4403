package dev.lanewise.kernel;

import static dev.lanewise.kernel.Lanes.F;
import static dev.lanewise.kernel.Lanes.L;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * Loads and stores of vectors at raw addresses, and the plain loops over them. Everything here is
 * small enough to inline into the loop that calls it.
 */
final class VectorMemory {
  private static final FloatVector ZERO = FloatVector.zero(F);

  private VectorMemory() {}

  static FloatVector load(long address) {
    return FloatVector.fromMemorySegment(F, Mem.ALL, address, Mem.ORDER);
  }

  /** Reads the lanes of the mask only; the others are zero. */
  static FloatVector load(long address, VectorMask<Float> mask) {
    return FloatVector.fromMemorySegment(F, Mem.ALL, address, Mem.ORDER, mask);
  }

  static void store(FloatVector vector, long address) {
    vector.intoMemorySegment(Mem.ALL, address, Mem.ORDER);
  }

  /** Writes the lanes of the mask only. */
  static void store(FloatVector vector, long address, VectorMask<Float> mask) {
    vector.intoMemorySegment(Mem.ALL, address, Mem.ORDER, mask);
  }

  /** The mask of the first {@code count} lanes. */
  static VectorMask<Float> first(int count) {
    return F.indexInRange(0, count);
  }

  static FloatVector broadcast(float value) {
    return FloatVector.broadcast(F, value);
  }

  /** Copies floats; the two places do not overlap. */
  static void copy(long from, long to, int n) {
    int bound = F.loopBound(n);
    for (int i = 0; i < bound; i += L) {
      store(load(from + (long) i * 4), to + (long) i * 4);
    }
    if (bound < n) {
      VectorMask<Float> mask = first(n - bound);
      long offset = (long) bound * 4;
      store(load(from + offset, mask), to + offset, mask);
    }
  }

  /** Sets floats to one value. */
  static void fill(long to, float value, int n) {
    FloatVector vector = broadcast(value);
    int bound = F.loopBound(n);
    for (int i = 0; i < bound; i += L) {
      store(vector, to + (long) i * 4);
    }
    if (bound < n) {
      store(vector, to + (long) bound * 4, first(n - bound));
    }
  }

  /** Copies whole vectors. */
  static void copyVectors(long from, long to, int vectors) {
    for (int i = 0; i < vectors; i++) {
      store(load(from + (long) i * Lanes.BYTES), to + (long) i * Lanes.BYTES);
    }
  }

  /** Sets whole vectors to zero. */
  static void zeroVectors(long to, int vectors) {
    for (int i = 0; i < vectors; i++) {
      store(ZERO, to + (long) i * Lanes.BYTES);
    }
  }
}
