package dev.lanewise.kernel;

import dev.lanewise.blas.Blas;
import dev.lanewise.blas.BlasChoice;

/**
 * Which library multiplies: the one place where that is decided.
 *
 * <p>OpenBLAS serves where one is loaded, unless it runs with kernels of a weaker processor than
 * this one (an {@code OPENBLAS_CORETYPE} in the environment does that): then the generated kernels
 * are nearly twice as fast. {@code lanewise.blas} set to {@code openblas} or {@code java}
 * overrules.
 */
public final class BlasRule {
  private static final JavaBlas JAVA = new JavaBlas();
  private static final Blas CHOSEN = pick();

  private BlasRule() {}

  private static Blas pick() {
    BlasChoice choice = BlasChoice.get();
    boolean weak = choice.weakCore() && !BlasChoice.openBlasForced();
    return weak ? JAVA : choice.openBlas().<Blas>map(blas -> blas).orElse(JAVA);
  }

  /** The library for a product of [m, k] by [k, n]. */
  public static Blas choose(int m, int n, int k) {
    return CHOSEN;
  }

  /** The library in use, for reports. */
  public static Blas chosen() {
    return CHOSEN;
  }

  /** The library that needs no native code. */
  public static Blas java() {
    return JAVA;
  }
}
