package dev.lanewise.kernel;

import dev.lanewise.blas.Blas;

/** Which library multiplies: the one place where that is decided. */
public final class BlasRule {
  private BlasRule() {}

  /** The library for a product of [m, k] by [k, n]. */
  public static Blas choose(int m, int n, int k) {
    throw new IllegalStateException("no rule yet");
  }
}
