package dev.lanewise.kernel.pool;

import static dev.lanewise.kernel.pool.MaxPoolGradientRows.GROUP;
import static dev.lanewise.kernel.vector.Lanes.BYTES;
import static dev.lanewise.kernel.vector.Lanes.F;
import static dev.lanewise.kernel.vector.Lanes.I;

import dev.lanewise.kernel.template.Specializer;
import dev.lanewise.kernel.vector.Mem;
import java.lang.invoke.MethodHandles;
import java.util.Objects;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import org.jspecify.annotations.Nullable;

/**
 * The template of the loops over the channels of a pixel in maximum pooling backward, see {@link
 * Specializer}: of one, two or four windows. The sum of all of them is written once: to add those
 * of the second row to what the first ones had left took 15% longer (3x3 by steps of 2).
 *
 * <p>With the pixel also the one below it, which only the first row of windows holds: both take the
 * same gradients and places, and each row is written in the order of memory. The four pixels of two
 * by two at once have fewer instructions still, but write to both of two pixels that follow each
 * other, and a row that is written in two places at once comes slower from memory and the third
 * cache level.
 *
 * <p>The offset of a vector is an int's, so that its accesses are checked: where the compiler left
 * the checks out, four windows took half as long again (docs/notes/memory-bound-layers.md).
 */
final class MaxPoolGradientLoop implements MaxPoolGradientRange {
  private static final @Nullable Form FORM = Specializer.data(MethodHandles.lookup(), Form.class);

  private static final FloatVector ZERO = FloatVector.zero(F);
  private static final int EVERY_BYTE = 0x01010101;

  private final @Nullable Form ordinary;

  /**
   * Which of the loops.
   *
   * @param windows how many windows hold the pixel, one, two or four
   * @param shared how many of them, one or both of the first row, hold the pixel below it, too; 0
   *     if that is not written
   */
  record Form(int windows, int shared) {}

  MaxPoolGradientLoop() {
    ordinary = null;
  }

  MaxPoolGradientLoop(Form form) {
    ordinary = form;
  }

  @Override
  public void run(
      long dy,
      long places,
      int place,
      Step next,
      Step down,
      long dx,
      long below,
      int further,
      int groups) {
    int windows = (FORM != null ? FORM : Objects.requireNonNull(ordinary)).windows();
    int shared = (FORM != null ? FORM : Objects.requireNonNull(ordinary)).shared();
    long dyA = dy & Mem.ADDRESS_BITS;
    long dyB = dy + next.gradients() & Mem.ADDRESS_BITS;
    long dyC = dy + down.gradients() & Mem.ADDRESS_BITS;
    long dyD = dy + next.gradients() + down.gradients() & Mem.ADDRESS_BITS;
    long placesA = places & Mem.ADDRESS_BITS;
    long placesB = places + next.places() & Mem.ADDRESS_BITS;
    long placesC = places + down.places() & Mem.ADDRESS_BITS;
    long placesD = places + next.places() + down.places() & Mem.ADDRESS_BITS;
    long to = dx & Mem.ADDRESS_BITS;
    long toBelow = below & Mem.ADDRESS_BITS;
    IntVector wantedA = IntVector.broadcast(I, place * EVERY_BYTE);
    IntVector wantedB = IntVector.broadcast(I, (place + next.place()) * EVERY_BYTE);
    IntVector wantedC = IntVector.broadcast(I, (place + down.place()) * EVERY_BYTE);
    IntVector wantedD = IntVector.broadcast(I, (place + next.place() + down.place()) * EVERY_BYTE);
    IntVector belowA = IntVector.broadcast(I, (place + further) * EVERY_BYTE);
    IntVector belowB = IntVector.broadcast(I, (place + next.place() + further) * EVERY_BYTE);
    for (int group = 0; group < groups; group++) {
      long at = (long) group * BYTES;
      IntVector allA = IntVector.fromMemorySegment(I, Mem.ALL, placesA + at, Mem.ORDER);
      IntVector otherA = allA.lanewise(VectorOperators.XOR, wantedA);
      IntVector underA = otherA;
      IntVector underB = otherA;
      IntVector otherB = otherA;
      IntVector otherC = otherA;
      IntVector otherD = otherA;
      if (windows > 1) {
        IntVector allB = IntVector.fromMemorySegment(I, Mem.ALL, placesB + at, Mem.ORDER);
        otherB = allB.lanewise(VectorOperators.XOR, wantedB);
        if (shared > 1) {
          underB = allB.lanewise(VectorOperators.XOR, belowB);
        }
      }
      if (shared > 0) {
        underA = allA.lanewise(VectorOperators.XOR, belowA);
      }
      if (windows > 2) {
        otherC =
            IntVector.fromMemorySegment(I, Mem.ALL, placesC + at, Mem.ORDER)
                .lanewise(VectorOperators.XOR, wantedC);
        otherD =
            IntVector.fromMemorySegment(I, Mem.ALL, placesD + at, Mem.ORDER)
                .lanewise(VectorOperators.XOR, wantedD);
      }
      for (int i = 0; i < GROUP; i++) {
        long vector = (long) (group * GROUP + i) * BYTES;
        int part = 0xff << 8 * i;
        VectorMask<Float> hereA = otherA.and(part).compare(VectorOperators.EQ, 0).cast(F);
        FloatVector a = FloatVector.fromMemorySegment(F, Mem.ALL, dyA + vector, Mem.ORDER);
        FloatVector sum = ZERO.blend(a, hereA);
        FloatVector lower = sum;
        if (shared > 0) {
          VectorMask<Float> underneathA = underA.and(part).compare(VectorOperators.EQ, 0).cast(F);
          lower = ZERO.blend(a, underneathA);
        }
        if (windows > 1) {
          VectorMask<Float> hereB = otherB.and(part).compare(VectorOperators.EQ, 0).cast(F);
          FloatVector b = FloatVector.fromMemorySegment(F, Mem.ALL, dyB + vector, Mem.ORDER);
          sum = sum.add(b, hereB);
          if (shared > 1) {
            VectorMask<Float> underneathB = underB.and(part).compare(VectorOperators.EQ, 0).cast(F);
            lower = lower.add(b, underneathB);
          }
        }
        if (windows > 2) {
          VectorMask<Float> hereC = otherC.and(part).compare(VectorOperators.EQ, 0).cast(F);
          VectorMask<Float> hereD = otherD.and(part).compare(VectorOperators.EQ, 0).cast(F);
          sum =
              sum.add(FloatVector.fromMemorySegment(F, Mem.ALL, dyC + vector, Mem.ORDER), hereC)
                  .add(FloatVector.fromMemorySegment(F, Mem.ALL, dyD + vector, Mem.ORDER), hereD);
        }
        sum.intoMemorySegment(Mem.ALL, to + vector, Mem.ORDER);
        if (shared > 0) {
          lower.intoMemorySegment(Mem.ALL, toBelow + vector, Mem.ORDER);
        }
      }
    }
  }
}
