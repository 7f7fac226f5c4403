package dev.lanewise.kernel.random;

import dev.lanewise.kernel.elementwise.VectorMath;
import dev.lanewise.kernel.team.Chunks;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.kernel.vector.Mem;
import dev.lanewise.memory.Block;
import dev.lanewise.memory.Pool;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The vector form of {@link Philox}: fills memory with random floats.
 *
 * <p>Values come in groups of 64, made of 16 blocks of four words: first the 16 first words, then
 * the 16 second ones, and so on. This order needs no shuffle and is the same at every width; value
 * i is word {@code i / 16 % 4} of block {@code i / 64 * 16 + i % 16}.
 *
 * <p>Each pass over a group is a loop of its own, in place: a body of more than some thirty vector
 * operations is not inlined as a whole, and then boxes its vectors.
 */
public final class PhiloxFill {
  /** Values in a group. */
  static final int GROUP = 64;

  private static final int BLOCKS = GROUP / 4;
  private static final long GROUP_BYTES = 4L * GROUP;
  private static final long ROW_BYTES = 4L * BLOCKS;

  /** Half as many longs as there are floats: the rounds multiply 32 by 32 to 64 bits. */
  private static final VectorSpecies<Long> LONGS =
      VectorSpecies.of(long.class, Lanes.F.vectorShape());

  private static final long LOW_HALF = 0xFFFFFFFFL;
  private static final LongVector MASK = LongVector.broadcast(LONGS, LOW_HALF);
  private static final LongVector M0 =
      LongVector.broadcast(LONGS, Integer.toUnsignedLong(Philox.MULTIPLIER_0));
  private static final LongVector M1 =
      LongVector.broadcast(LONGS, Integer.toUnsignedLong(Philox.MULTIPLIER_1));
  private static final LongVector EVEN = LongVector.zero(LONGS).addIndex(2);

  private static final FloatVector ROUND = FloatVector.broadcast(Lanes.F, 0x1.8p23f);
  private static final FloatVector HALF_PI = FloatVector.broadcast(Lanes.F, 0x1.921fb6p0f);

  // sin(r) = r + r z S(z), cos(r) = 1 - z / 2 + z^2 C(z), z = r^2, as in VectorMath.
  private static final FloatVector SIN_0 = FloatVector.broadcast(Lanes.F, -0x1.555546p-3f);
  private static final FloatVector SIN_1 = FloatVector.broadcast(Lanes.F, 0x1.11077ap-7f);
  private static final FloatVector SIN_2 = FloatVector.broadcast(Lanes.F, -0x1.9954a8p-13f);
  private static final FloatVector COS_0 = FloatVector.broadcast(Lanes.F, 0x1.55554ap-5f);
  private static final FloatVector COS_1 = FloatVector.broadcast(Lanes.F, -0x1.6c0c1ap-10f);
  private static final FloatVector COS_2 = FloatVector.broadcast(Lanes.F, 0x1.99e0e6p-16f);
  private static final FloatVector MINUS_HALF = FloatVector.broadcast(Lanes.F, -0.5f);
  private static final FloatVector ONE = FloatVector.broadcast(Lanes.F, 1);

  /** Fills whole groups, from one number on. */
  @FunctionalInterface
  private interface Groups {
    void fill(long target, long firstGroup, long groups);
  }

  private PhiloxFill() {}

  static void uniform(long address, long n, long seed, long stream, float low, float high) {
    float scale = high - low;
    float most = Philox.below(low, high);
    run(
        address,
        n,
        (target, firstGroup, groups) -> {
          words(target, firstGroup, groups, seed, stream);
          scale(target, groups, scale, low, most);
        });
  }

  public static void normal(
      long address, long n, long seed, long stream, float mean, float deviation) {
    run(
        address,
        n,
        (target, firstGroup, groups) -> {
          words(target, firstGroup, groups, seed, stream);
          radii(target, groups);
          turn(target, groups, mean, deviation);
        });
  }

  private static void run(long address, long n, Groups body) {
    long whole = n / GROUP;
    Chunks.run(
        whole, GROUP, (from, to) -> body.fill(address + from * GROUP_BYTES, from, to - from));
    int rest = (int) (n % GROUP);
    if (rest > 0) {
      Block group = Pool.global().allocate(GROUP_BYTES, "random");
      try {
        body.fill(group.address(), whole, 1);
        long target = address + whole * GROUP_BYTES;
        for (int i = 0; i < rest; i++) {
          Mem.set(target + 4L * i, Mem.get(group.address() + 4L * i));
        }
      } finally {
        group.free();
      }
    }
  }

  /** The raw words of groups, in the order of the class. */
  static void words(long target, long firstGroup, long groups, long seed, long stream) {
    // Longs hold one word each; those of the odd blocks go into the upper halves.
    rounds(target, firstGroup, groups, seed, stream, 0);
    rounds(target, firstGroup, groups, seed, stream, 1);
  }

  /** The words of the blocks with even (0) or odd (1) numbers. */
  private static void rounds(
      long target, long firstGroup, long groups, long seed, long stream, int odd) {
    long vectors = groups * (BLOCKS / Lanes.L);
    for (long vector = 0; vector < vectors; vector++) {
      long block = vector * Lanes.L;
      LongVector counter = EVEN.add(firstGroup * BLOCKS + block + odd);
      LongVector c0 = counter.and(MASK);
      LongVector c1 = counter.lanewise(VectorOperators.LSHR, 32);
      LongVector c2 = LongVector.broadcast(LONGS, stream & LOW_HALF);
      LongVector c3 = LongVector.broadcast(LONGS, stream >>> 32);
      int k0 = (int) seed;
      int k1 = (int) (seed >>> 32);
      for (int round = 0; round < Philox.ROUNDS; round++) {
        // All are below 2^32 already; the masks let the compiler see that a 32-bit product will do.
        LongVector p0 = c0.and(MASK).mul(M0.and(MASK));
        LongVector p1 = c2.and(MASK).mul(M1.and(MASK));
        c0 =
            p1.lanewise(VectorOperators.LSHR, 32)
                .lanewise(VectorOperators.XOR, c1)
                .lanewise(VectorOperators.XOR, k0 & LOW_HALF);
        c2 =
            p0.lanewise(VectorOperators.LSHR, 32)
                .lanewise(VectorOperators.XOR, c3)
                .lanewise(VectorOperators.XOR, k1 & LOW_HALF);
        c1 = p1.and(MASK);
        c3 = p0.and(MASK);
        k0 += Philox.KEY_STEP_0;
        k1 += Philox.KEY_STEP_1;
      }
      long row = target + block / BLOCKS * GROUP_BYTES + block % BLOCKS * 4;
      if (odd == 0) {
        c0.intoMemorySegment(Mem.ALL, row, Mem.ORDER);
        c1.intoMemorySegment(Mem.ALL, row + ROW_BYTES, Mem.ORDER);
        c2.intoMemorySegment(Mem.ALL, row + 2 * ROW_BYTES, Mem.ORDER);
        c3.intoMemorySegment(Mem.ALL, row + 3 * ROW_BYTES, Mem.ORDER);
      } else {
        merge(c0, row);
        merge(c1, row + ROW_BYTES);
        merge(c2, row + 2 * ROW_BYTES);
        merge(c3, row + 3 * ROW_BYTES);
      }
    }
  }

  private static void merge(LongVector words, long address) {
    LongVector.fromMemorySegment(LONGS, Mem.ALL, address, Mem.ORDER)
        .or(words.lanewise(VectorOperators.LSHL, 32))
        .intoMemorySegment(Mem.ALL, address, Mem.ORDER);
  }

  /** The upper 24 bits of the words at an address, as whole numbers. */
  private static FloatVector bits(long address) {
    return (FloatVector)
        IntVector.fromMemorySegment(Lanes.I, Mem.ALL, address, Mem.ORDER)
            .lanewise(VectorOperators.LSHR, 8)
            .convert(VectorOperators.I2F, 0);
  }

  private static void scale(long target, long groups, float scale, float low, float most) {
    // The product with a power of two is exact, so this is fma(unit(word), scale, low).
    FloatVector factor = FloatVector.broadcast(Lanes.F, scale);
    FloatVector shift = FloatVector.broadcast(Lanes.F, low);
    FloatVector limit = FloatVector.broadcast(Lanes.F, most);
    long vectors = groups * (GROUP / Lanes.L);
    for (long i = 0; i < vectors; i++) {
      long address = target + i * Lanes.BYTES;
      bits(address)
          .mul(0x1p-24f)
          .fma(factor, shift)
          .min(limit)
          .intoMemorySegment(Mem.ALL, address, Mem.ORDER);
    }
  }

  /** Turns the first and third words into distances from the origin. */
  private static void radii(long target, long groups) {
    long vectors = groups * (BLOCKS / Lanes.L) * 2;
    for (long i = 0; i < vectors; i++) {
      long address = pair(target, i);
      // From 2^-24 to 1: the logarithm is finite.
      FloatVector logarithm = VectorMath.log(bits(address).add(1).mul(0x1p-24f));
      logarithm.mul(-2f).sqrt().intoMemorySegment(Mem.ALL, address, Mem.ORDER);
    }
  }

  /** Turns the distances and the second and fourth words, as angles, into normal values. */
  private static void turn(long target, long groups, float mean, float deviation) {
    FloatVector shift = FloatVector.broadcast(Lanes.F, mean);
    long vectors = groups * (BLOCKS / Lanes.L) * 2;
    for (long i = 0; i < vectors; i++) {
      long address = pair(target, i);
      // In quarters of a turn, so that the reduction to half a quarter is exact.
      FloatVector quarters = bits(address + ROW_BYTES).mul(0x1p-22f);
      FloatVector rounded = quarters.add(ROUND);
      FloatVector r = quarters.sub(rounded.sub(ROUND)).mul(HALF_PI);
      FloatVector z = r.mul(r);
      FloatVector s = SIN_2.fma(z, SIN_1).fma(z, SIN_0).mul(z).fma(r, r);
      FloatVector c = COS_2.fma(z, COS_1).fma(z, COS_0).fma(z, MINUS_HALF).fma(z, ONE);
      // The lowest two bits are the quadrant: the lower one swaps, the upper one is a sign.
      IntVector quadrant = rounded.reinterpretAsInts();
      VectorMask<Float> odd =
          quadrant
              .lanewise(VectorOperators.LSHL, 31)
              .reinterpretAsFloats()
              .test(VectorOperators.IS_NEGATIVE);
      FloatVector radius =
          FloatVector.fromMemorySegment(Lanes.F, Mem.ALL, address, Mem.ORDER).mul(deviation);
      sign(c.blend(s, odd), quadrant.add(1))
          .fma(radius, shift)
          .intoMemorySegment(Mem.ALL, address, Mem.ORDER);
      sign(s.blend(c, odd), quadrant)
          .fma(radius, shift)
          .intoMemorySegment(Mem.ALL, address + ROW_BYTES, Mem.ORDER);
    }
  }

  private static FloatVector sign(FloatVector x, IntVector quadrant) {
    return x.reinterpretAsInts()
        .lanewise(
            VectorOperators.XOR,
            quadrant.lanewise(VectorOperators.LSHR, 1).lanewise(VectorOperators.LSHL, 31))
        .reinterpretAsFloats();
  }

  /** The address of vector i among all first and third rows. */
  private static long pair(long target, long i) {
    long lane = i * Lanes.L;
    return target + lane / BLOCKS * (2 * ROW_BYTES) + lane % BLOCKS * 4;
  }
}
