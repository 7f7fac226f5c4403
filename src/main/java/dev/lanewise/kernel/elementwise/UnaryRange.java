package dev.lanewise.kernel.elementwise;

/** A loop over one function of one variable, made from {@link UnaryLoop}. */
@FunctionalInterface
public interface UnaryRange {
  /** y[i] = f(x[i]) for i below n; both addresses may be the same. */
  void run(long x, long y, int n);
}
