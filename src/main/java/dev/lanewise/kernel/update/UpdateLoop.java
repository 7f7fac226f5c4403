package dev.lanewise.kernel.update;

import static dev.lanewise.kernel.vector.Lanes.F;
import static dev.lanewise.kernel.vector.Lanes.L;

import dev.lanewise.kernel.template.Specializer;
import dev.lanewise.kernel.vector.Mem;
import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import org.jspecify.annotations.Nullable;

/**
 * The template of all optimisers, see {@link Specializer}: one pass over parameters, gradients and
 * states. It is specialised with the class of a formula, and not with a formula, whose numbers
 * would become constants of the code: they come with each call, for they change from step to step.
 * The loop waits for memory, so that reading them anew for each vector costs nothing.
 */
final class UpdateLoop implements UpdateRange {
  private static final @Nullable Kind KIND = Specializer.data(MethodHandles.lookup(), Kind.class);
  private static final Class<? extends UpdateFormula> TYPE =
      KIND == null ? UpdateFormula.class : KIND.type();
  private static final boolean PLAIN = KIND != null && KIND.plain();
  private static final int STATES = KIND == null ? -1 : KIND.states();

  /**
   * The class of a formula, how many states it has, and whether slopes are {@link
   * UpdateSlope#plain}: three of the eight multiplications of a momentum then fall away, which the
   * loop has to wait for when a gradient that stayed a product lies in the second cache level.
   */
  record Kind(Class<? extends UpdateFormula> type, int states, boolean plain) {}

  UpdateLoop() {}

  /** Where no class can be defined; the formula comes with each call. */
  UpdateLoop(Kind kind) {}

  @Override
  public void run(
      UpdateFormula formula, UpdateSlope slope, long p, long g, long s0, long s1, long s2, int n) {
    UpdateFormula op = TYPE.cast(formula);
    int states = KIND == null ? op.states() : STATES;
    boolean plain = KIND == null ? slope.plain() : PLAIN;
    FloatVector sign = FloatVector.broadcast(F, slope.sign());
    FloatVector decay = FloatVector.broadcast(F, slope.decay());
    FloatVector shrink = FloatVector.broadcast(F, slope.shrink());
    int bound = F.loopBound(n);
    for (int i = 0; i < bound; i += L) {
      long at = (long) i * 4;
      FloatVector old = FloatVector.fromMemorySegment(F, Mem.ALL, p + at, Mem.ORDER);
      FloatVector given = FloatVector.fromMemorySegment(F, Mem.ALL, g + at, Mem.ORDER);
      FloatVector d = plain ? given : old.fma(decay, given.mul(sign));
      FloatVector x = plain ? old : old.mul(shrink);
      FloatVector a0 = d;
      FloatVector b0 = d;
      FloatVector a1 = d;
      FloatVector b1 = d;
      FloatVector b2 = d;
      if (states > 0) {
        a0 = FloatVector.fromMemorySegment(F, Mem.ALL, s0 + at, Mem.ORDER);
        if (states > 1) {
          a1 = FloatVector.fromMemorySegment(F, Mem.ALL, s1 + at, Mem.ORDER);
        }
        b0 = op.first(x, d, a0, a1);
        b0 = b0.blend(0, b0.abs().compare(VectorOperators.LT, UpdateFormula.LEAST_STATE));
        b0.intoMemorySegment(Mem.ALL, s0 + at, Mem.ORDER);
      }
      if (states > 1) {
        b1 = op.second(d, b0, a1);
        b1 = b1.blend(0, b1.abs().compare(VectorOperators.LT, UpdateFormula.LEAST_STATE));
        b1.intoMemorySegment(Mem.ALL, s1 + at, Mem.ORDER);
      }
      if (states > 2) {
        b2 = op.third(d, b0, b1, FloatVector.fromMemorySegment(F, Mem.ALL, s2 + at, Mem.ORDER));
        b2 = b2.blend(0, b2.abs().compare(VectorOperators.LT, UpdateFormula.LEAST_STATE));
        b2.intoMemorySegment(Mem.ALL, s2 + at, Mem.ORDER);
      }
      op.parameter(x, d, a0, b0, a1, b1, b2).intoMemorySegment(Mem.ALL, p + at, Mem.ORDER);
    }
    // The scalar twin has the bits of the vectors.
    ScalarOptimizer.run(op, slope, p, g, s0, s1, s2, bound, n);
  }
}
