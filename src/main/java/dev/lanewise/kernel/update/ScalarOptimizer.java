package dev.lanewise.kernel.update;

import dev.lanewise.kernel.vector.Mem;

/** The scalar twin of the optimisers' loop. */
public final class ScalarOptimizer {
  private ScalarOptimizer() {}

  /** Updates the parameters {@code from} to {@code to - 1} at p; g, s0, s1, s2 as p. */
  public static void run(
      UpdateFormula op,
      UpdateSlope slope,
      long p,
      long g,
      long s0,
      long s1,
      long s2,
      int from,
      int to) {
    int states = op.states();
    boolean plain = slope.plain();
    for (int i = from; i < to; i++) {
      long at = (long) i * 4;
      float old = Mem.get(p + at);
      float given = Mem.get(g + at);
      float d = plain ? given : Math.fma(old, slope.decay(), given * slope.sign());
      float x = plain ? old : old * slope.shrink();
      float a0 = states > 0 ? Mem.get(s0 + at) : d;
      float a1 = states > 1 ? Mem.get(s1 + at) : d;
      float b0 = states > 0 ? kept(op.first(x, d, a0, a1)) : d;
      float b1 = states > 1 ? kept(op.second(d, b0, a1)) : d;
      float b2 = states > 2 ? kept(op.third(d, b0, b1, Mem.get(s2 + at))) : d;
      if (states > 0) {
        Mem.set(s0 + at, b0);
      }
      if (states > 1) {
        Mem.set(s1 + at, b1);
      }
      if (states > 2) {
        Mem.set(s2 + at, b2);
      }
      Mem.set(p + at, op.parameter(x, d, a0, b0, a1, b1, b2));
    }
  }

  /** See {@link UpdateFormula#LEAST_STATE}. */
  private static float kept(float state) {
    return Math.abs(state) < UpdateFormula.LEAST_STATE ? 0 : state;
  }
}
