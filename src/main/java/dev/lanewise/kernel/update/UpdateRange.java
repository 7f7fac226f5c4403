package dev.lanewise.kernel.update;

/** A loop over one step of an optimiser, made from {@link UpdateLoop}. */
@FunctionalInterface
interface UpdateRange {
  /** Updates n parameters at p and their states in place; g holds their gradients. */
  void run(
      UpdateFormula formula, UpdateSlope slope, long p, long g, long s0, long s1, long s2, int n);
}
