package dev.lanewise.kernel.random;

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
import jdk.incubator.vector.VectorOperators;

/**
 * Dropout: elements become zero with a probability, the others are scaled so that the mean stays.
 *
 * <p>Each element takes 16 random bits, a pure function of seed, stream and its place in memory.
 * Which elements stayed is kept in one bit each, for backward: 32 vectors that follow each other
 * share one vector of ints, whose bit j belongs to vector j.
 */
public final class DropoutKernel {
  /** Elements whose bits come from one piece of the random stream: 256 words of two halves. */
  private static final int GROUP = 512;

  private static final int GROUP_VECTORS = GROUP / L;
  private static final long GROUP_BYTES = GROUP * 4L;
  private static final long MASK_BYTES = GROUP / 8;
  private static final int HALF = 1 << 16;

  private DropoutKernel() {}

  /** The bytes of the buffer that says which of n elements stayed. */
  public static long maskBytes(long n) {
    return Math.ceilDiv(n, (long) GROUP) * MASK_BYTES;
  }

  /**
   * y = x / (1 - p), or 0 with probability p (in steps of 2^-16).
   *
   * @param x n elements
   * @param y n elements, overwritten; may be x
   * @param mask {@link #maskBytes} bytes, overwritten
   */
  public static void forward(
      Operand x, Operand y, Operand mask, long n, float p, long seed, long stream) {
    long from = Operand.address(x);
    long to = Operand.address(y);
    long bits = Operand.address(mask);
    int threshold = Math.round(p * HALF);
    float scale = scale(p);
    run(
        n,
        from,
        to,
        true,
        (source, target, group, words) -> {
          PhiloxFill.words(
              words, group * (GROUP / 2 / PhiloxFill.GROUP), GROUP / 2 / 64, seed, stream);
          choose(words, bits + group * MASK_BYTES, threshold);
          apply(source, bits + group * MASK_BYTES, target, scale);
        });
  }

  /** dx = dy / (1 - p) where the element stayed, else 0. */
  public static void gradient(Operand dy, Operand mask, Operand dx, long n, float p) {
    long bits = Operand.address(mask);
    float scale = scale(p);
    run(
        n,
        Operand.address(dy),
        Operand.address(dx),
        false,
        (source, target, group, words) -> apply(source, bits + group * MASK_BYTES, target, scale));
  }

  private static float scale(float p) {
    return p < 1 ? 1 / (1 - p) : 0;
  }

  @FunctionalInterface
  private interface GroupBody {
    void run(long source, long target, long group, long words);
  }

  /** All groups; one that is not whole is done in a buffer. */
  private static void run(long n, long x, long y, boolean random, GroupBody body) {
    long whole = n / GROUP;
    int rest = (int) (n % GROUP);
    Chunks.run(
        rest == 0 ? whole : whole + 1,
        random ? 4 * GROUP : GROUP,
        (from, to) -> {
          long buffer = Scratch.address(GROUP_BYTES * 2);
          for (long group = from; group < to; group++) {
            long offset = group * GROUP_BYTES;
            if (group < whole) {
              body.run(x + offset, y + offset, group, buffer);
            } else {
              long tail = buffer + GROUP_BYTES;
              VectorMemory.zeroVectors(tail, GROUP_VECTORS);
              VectorMemory.copy(x + offset, tail, rest);
              body.run(tail, tail, group, buffer);
              VectorMemory.copy(tail, y + offset, rest);
            }
          }
        });
  }

  /** One bit for each half word: whether it is not below the threshold. */
  private static void choose(long words, long mask, int threshold) {
    for (int part = 0; part < GROUP_VECTORS / 32; part++) {
      IntVector packed = IntVector.zero(I);
      for (int j = 0; j < 32; j++) {
        int vector = part * 32 + j;
        int shift = vector < GROUP_VECTORS / 2 ? 0 : 16;
        IntVector word =
            IntVector.fromMemorySegment(
                    I, Mem.ALL, words + (long) (vector % (GROUP_VECTORS / 2)) * BYTES, Mem.ORDER)
                .lanewise(VectorOperators.LSHR, shift)
                .and(HALF - 1);
        // The sign of the difference is the bit: no masks, which narrow processors lack.
        IntVector below = word.sub(threshold).lanewise(VectorOperators.LSHR, 31);
        packed = packed.or(below.lanewise(VectorOperators.LSHL, j));
      }
      packed.not().intoMemorySegment(Mem.ALL, mask + (long) part * BYTES, Mem.ORDER);
    }
  }

  private static void apply(long x, long mask, long y, float scale) {
    for (int part = 0; part < GROUP_VECTORS / 32; part++) {
      IntVector packed =
          IntVector.fromMemorySegment(I, Mem.ALL, mask + (long) part * BYTES, Mem.ORDER);
      for (int j = 0; j < 32; j++) {
        long at = (part * 32L + j) * BYTES;
        // All ones or all zeros, from the bit.
        IntVector stays =
            packed.lanewise(VectorOperators.LSHL, 31 - j).lanewise(VectorOperators.ASHR, 31);
        FloatVector.fromMemorySegment(F, Mem.ALL, x + at, Mem.ORDER)
            .mul(scale)
            .reinterpretAsInts()
            .and(stays)
            .reinterpretAsFloats()
            .intoMemorySegment(Mem.ALL, y + at, Mem.ORDER);
      }
    }
  }
}
