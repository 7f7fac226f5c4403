package dev.lanewise.kernel.norm;

/**
 * The loops of batch normalisation over {@code [positions][columns]} vectors. Where a ReLU is
 * fused, {@code signs} holds a bit for each element: whether it stayed. 32 columns that follow each
 * other share a vector of ints, the first in the highest bit; each position begins with a vector of
 * its own.
 */
interface BatchNormRange {
  /**
   * What is fused into a batch normalisation, and how its loops are made.
   *
   * @param relu whether the maximum of the result and 0 is taken
   * @param bounded whether there is a largest result, too
   * @param residual whether something is added before that
   * @param paced whether normalise keeps pace with memory, see {@link
   *     dev.lanewise.kernel.vector.Pace}
   */
  record Fusion(boolean relu, boolean bounded, boolean residual, boolean paced) {}

  /** Vectors of signs for one position. */
  static int signVectors(int columns) {
    return (columns + 31) / 32;
  }

  /**
   * y = x scale + shift, and what is fused with it.
   *
   * @param most the largest result, where there is one
   * @param table a row of scales, then one of shifts
   */
  void normalise(
      long x,
      long residual,
      long y,
      long signs,
      float most,
      long table,
      int positions,
      int columns);

  /**
   * Sums of g and of g (x - mean) for each column, where g = dy, or 0 where the sign says so.
   *
   * @param means a row of means
   * @param result a row of each kind of sum
   */
  void sums(long dy, long x, long signs, long means, int positions, int columns, long result);

  /**
   * dx = a g + b x + c, and dresidual = g.
   *
   * @param table a row of a, one of b, one of c
   */
  void gradient(
      long dy, long x, long signs, long table, long dx, long dresidual, int positions, int columns);
}
