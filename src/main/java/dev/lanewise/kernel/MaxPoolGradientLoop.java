package dev.lanewise.kernel;

import static dev.lanewise.kernel.Lanes.BYTES;
import static dev.lanewise.kernel.Lanes.F;
import static dev.lanewise.kernel.Lanes.I;
import static dev.lanewise.kernel.MaxPoolGradientRows.GROUP;

import java.lang.invoke.MethodHandles;
import java.util.Objects;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import org.jspecify.annotations.Nullable;

/**
 * The template of the loops over the channels of a pixel in maximum pooling backward, see {@link
 * Specializer}: of one window or two, written or added.
 */
final class MaxPoolGradientLoop implements MaxPoolGradientRange {
  private static final @Nullable Form FORM = Specializer.data(MethodHandles.lookup(), Form.class);

  private static final FloatVector ZERO = FloatVector.zero(F);
  private static final int EVERY_BYTE = 0x01010101;

  private final @Nullable Form ordinary;

  /**
   * Which of the loops.
   *
   * @param two whether there are two windows, not one
   * @param more whether the sum is added to what dx holds
   */
  record Form(boolean two, boolean more) {}

  MaxPoolGradientLoop() {
    ordinary = null;
  }

  MaxPoolGradientLoop(Form form) {
    ordinary = form;
  }

  @Override
  public void run(
      long dyA, long placesA, int placeA, long dyB, long placesB, int placeB, long dx, int groups) {
    Form form = FORM != null ? FORM : Objects.requireNonNull(ordinary);
    boolean two = form.two();
    boolean more = form.more();
    IntVector wantedA = IntVector.broadcast(I, placeA * EVERY_BYTE);
    IntVector wantedB = IntVector.broadcast(I, placeB * EVERY_BYTE);
    for (int group = 0; group < groups; group++) {
      long places = (long) group * BYTES;
      IntVector otherA =
          IntVector.fromMemorySegment(I, Mem.ALL, placesA + places, Mem.ORDER)
              .lanewise(VectorOperators.XOR, wantedA);
      IntVector otherB =
          two
              ? IntVector.fromMemorySegment(I, Mem.ALL, placesB + places, Mem.ORDER)
                  .lanewise(VectorOperators.XOR, wantedB)
              : otherA;
      for (int i = 0; i < GROUP; i++) {
        long at = (long) (group * GROUP + i) * BYTES;
        int part = 0xff << 8 * i;
        VectorMask<Float> hereA = otherA.and(part).compare(VectorOperators.EQ, 0).cast(F);
        FloatVector gradientA = FloatVector.fromMemorySegment(F, Mem.ALL, dyA + at, Mem.ORDER);
        FloatVector sum =
            more
                ? FloatVector.fromMemorySegment(F, Mem.ALL, dx + at, Mem.ORDER)
                    .add(gradientA, hereA)
                : ZERO.blend(gradientA, hereA);
        if (two) {
          VectorMask<Float> hereB = otherB.and(part).compare(VectorOperators.EQ, 0).cast(F);
          sum = sum.add(FloatVector.fromMemorySegment(F, Mem.ALL, dyB + at, Mem.ORDER), hereB);
        }
        sum.intoMemorySegment(Mem.ALL, dx + at, Mem.ORDER);
      }
    }
  }
}
