package dev.lanewise.kernel.random;

import static dev.lanewise.kernel.vector.Lanes.BYTES;
import static dev.lanewise.kernel.vector.Lanes.I;
import static dev.lanewise.kernel.vector.Lanes.L;

import dev.lanewise.kernel.elementwise.KeptBits;
import dev.lanewise.kernel.vector.Mem;
import dev.lanewise.kernel.vector.Operand;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Dropout: elements become zero with a probability, the others are scaled so that the mean stays.
 *
 * <p>Each element takes 16 random bits, a pure function of seed, stream and its place in memory.
 * Which elements stayed is kept in one bit each, for backward ({@link KeptBits}).
 */
public final class DropoutKernel {
  private static final int HALF = 1 << 16;

  /** The bits of a group come from one piece of the random stream: 256 words of two halves. */
  private static final int WORDS = KeptBits.GROUP / 2;

  private static final int GROUP_VECTORS = KeptBits.GROUP / L;

  private DropoutKernel() {}

  /**
   * y = x / (1 - p), or 0 with probability p (in steps of 2^-16).
   *
   * @param x n elements
   * @param y n elements, overwritten; may be x
   * @param mask {@link KeptBits#maskBytes} bytes, overwritten
   */
  public static void forward(
      Operand x, Operand y, Operand mask, long n, float p, long seed, long stream) {
    long bits = Operand.address(mask);
    int threshold = Math.round(p * HALF);
    float scale = scale(p);
    KeptBits.run(
        x,
        y,
        n,
        4 * KeptBits.GROUP,
        (from, to, first, groups, words) -> {
          for (int i = 0; i < groups; i++) {
            long group = first + i;
            long kept = bits + group * KeptBits.MASK_BYTES;
            long at = (long) i * KeptBits.GROUP_BYTES;
            PhiloxFill.words(words, group * (WORDS / PhiloxFill.GROUP), WORDS / 64, seed, stream);
            choose(words, kept, threshold);
            KeptBits.select(from + at, kept, to + at, 1, scale);
          }
        });
  }

  /** By what the elements that stay are multiplied: 1 / (1 - p), and 0 where none stays. */
  public static float scale(float p) {
    return p < 1 ? 1 / (1 - p) : 0;
  }

  /** One bit for each half word: whether it is not below the threshold. */
  private static void choose(long words, long mask, int threshold) {
    for (int part = 0; part < GROUP_VECTORS / KeptBits.SHARING; part++) {
      IntVector packed = IntVector.zero(I);
      for (int j = 0; j < KeptBits.SHARING; j++) {
        int vector = part * KeptBits.SHARING + j;
        int shift = vector < GROUP_VECTORS / 2 ? 0 : 16;
        IntVector word =
            IntVector.fromMemorySegment(
                    I, Mem.ALL, words + (long) (vector % (GROUP_VECTORS / 2)) * BYTES, Mem.ORDER)
                .lanewise(VectorOperators.LSHR, shift)
                .and(HALF - 1);
        // The sign of the difference is the bit: no masks, which narrow processors lack.
        IntVector below = word.sub(threshold).lanewise(VectorOperators.LSHR, 31);
        packed = packed.add(packed).or(below);
      }
      packed.not().intoMemorySegment(Mem.ALL, mask + (long) part * BYTES, Mem.ORDER);
    }
  }
}
