package dev.lanewise.kernel.elementwise;

/** A loop over one derivative, made from {@link UnaryGradientLoop}. */
@FunctionalInterface
public interface UnaryGradientRange {
  /**
   * dx[i] = dy[i] f'(x[i], y[i]) for i below n. An address that the formula does not use is not
   * read; dx may be any of the others.
   */
  void run(long x, long y, long dy, long dx, int n);
}
