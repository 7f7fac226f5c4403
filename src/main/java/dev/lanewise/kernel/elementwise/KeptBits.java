package dev.lanewise.kernel.elementwise;

import static dev.lanewise.kernel.vector.Lanes.BYTES;
import static dev.lanewise.kernel.vector.Lanes.F;
import static dev.lanewise.kernel.vector.Lanes.I;
import static dev.lanewise.kernel.vector.Lanes.L;

import dev.lanewise.kernel.team.Chunks;
import dev.lanewise.kernel.team.Scratch;
import dev.lanewise.kernel.vector.Mem;
import dev.lanewise.kernel.vector.Operand;
import dev.lanewise.kernel.vector.VectorMemory;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Operations of which some elements stay and the others become zero, with a bit for each element
 * that says so, for backward: a thirty-second of the memory that the output takes.
 *
 * <p>32 vectors that follow each other share one vector of ints, the first in the highest bit.
 */
public final class KeptBits {
  /** Elements whose bits fill a cache line, so that no two threads write to one. */
  public static final int GROUP = 512;

  /** Bytes of a group of floats. */
  public static final int GROUP_BYTES = GROUP * 4;

  /** Bytes of a group of bits. */
  public static final int MASK_BYTES = GROUP / 8;

  /** Vectors whose bits share a vector. */
  public static final int SHARING = 32;

  private KeptBits() {}

  /**
   * Work on {@code groups} groups from the one numbered {@code first} on: they lie at {@code x} and
   * go to {@code y}. The buffer is memory of this thread that a group has room in.
   */
  @FunctionalInterface
  public interface Body {
    void run(long x, long y, long first, int groups, long buffer);
  }

  /** The bytes of the buffer that says which of n elements stayed. */
  public static long maskBytes(long n) {
    return Math.ceilDiv(n, (long) GROUP) * MASK_BYTES;
  }

  /**
   * y = max(x, 0); what is not zero then (NaN as well) stayed.
   *
   * @param x n elements
   * @param mask {@link #maskBytes} bytes, overwritten
   * @param y n elements, overwritten; may be x
   */
  public static void relu(Operand x, Operand mask, Operand y, long n) {
    long bits = Operand.address(mask);
    run(
        x,
        y,
        n,
        GROUP,
        (from, to, first, groups, _) -> relu(from, bits + first * MASK_BYTES, to, groups));
  }

  /**
   * y = scale x where the element stayed, else 0.
   *
   * @param x n elements
   * @param mask {@link #maskBytes} bytes
   * @param y n elements, overwritten; may be x
   */
  public static void select(Operand x, Operand mask, Operand y, long n, float scale) {
    long bits = Operand.address(mask);
    run(
        x,
        y,
        n,
        GROUP,
        (from, to, first, groups, _) -> select(from, bits + first * MASK_BYTES, to, groups, scale));
  }

  /**
   * All groups; one that is not whole is done in a buffer.
   *
   * @param elements the work of a group, see {@link Chunks#run}
   */
  public static void run(Operand x, Operand y, long n, int elements, Body body) {
    run(Operand.address(x), Operand.address(y), n, elements, body);
  }

  private static void run(long x, long y, long n, int elements, Body body) {
    long whole = n / GROUP;
    int rest = (int) (n % GROUP);
    Chunks.run(
        rest == 0 ? whole : whole + 1,
        elements,
        (from, to) -> {
          long buffer = Scratch.address(2 * GROUP_BYTES);
          int groups = (int) (Math.min(to, whole) - from);
          body.run(x + from * GROUP_BYTES, y + from * GROUP_BYTES, from, groups, buffer);
          if (to > whole) {
            long end = whole * GROUP_BYTES;
            long tail = buffer + GROUP_BYTES;
            VectorMemory.zeroVectors(tail, GROUP / L);
            VectorMemory.copy(x + end, tail, rest);
            body.run(tail, tail, whole, 1, buffer);
            VectorMemory.copy(tail, y + end, rest);
          }
        });
  }

  private static void relu(long x, long mask, long y, int groups) {
    long end = x + (long) groups * GROUP_BYTES;
    long to = y;
    long bits = mask;
    for (long from = x; from < end; from += (long) SHARING * BYTES) {
      IntVector dropped = IntVector.zero(I);
      long source = from & Mem.ADDRESS_BITS;
      long target = to & Mem.ADDRESS_BITS;
      for (int i = 0; i < SHARING; i++) {
        long at = (long) i * BYTES;
        FloatVector v = FloatVector.fromMemorySegment(F, Mem.ALL, source + at, Mem.ORDER);
        // A comparison, which NaN fails, gives both: max(0) and the sign of what is left took a
        // third longer where the third level has the tensors, for Java's max is five operations.
        VectorMask<Float> drop = v.compare(VectorOperators.LE, 0);
        v.blend(0, drop).intoMemorySegment(Mem.ALL, target + at, Mem.ORDER);
        // A mask as a vector is -1 where it is set.
        dropped = dropped.add(dropped).sub((IntVector) drop.cast(I).toVector());
      }
      dropped.not().intoMemorySegment(Mem.ALL, bits & Mem.ADDRESS_BITS, Mem.ORDER);
      to += (long) SHARING * BYTES;
      bits += BYTES;
    }
  }

  /** {@link #select(Operand, Operand, Operand, long, float)} on this thread. */
  public static void select(long x, long mask, long y, int groups, float scale) {
    long end = x + (long) groups * GROUP_BYTES;
    long to = y;
    long bits = mask;
    for (long from = x; from < end; from += (long) SHARING * BYTES) {
      IntVector packed = IntVector.fromMemorySegment(I, Mem.ALL, bits, Mem.ORDER);
      for (int i = 0; i < SHARING; i++) {
        long at = (long) i * BYTES;
        // The highest bit, spread over all, keeps or clears the element; then the next one.
        FloatVector.fromMemorySegment(F, Mem.ALL, from + at, Mem.ORDER)
            .mul(scale)
            .reinterpretAsInts()
            .and(packed.lanewise(VectorOperators.ASHR, 31))
            .reinterpretAsFloats()
            .intoMemorySegment(Mem.ALL, to + at, Mem.ORDER);
        packed = packed.add(packed);
      }
      to += (long) SHARING * BYTES;
      bits += BYTES;
    }
  }
}
