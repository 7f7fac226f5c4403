package dev.lanewise.kernel.product;

import dev.lanewise.blas.Blas;
import dev.lanewise.blas.BlasChoice;
import dev.lanewise.kernel.block.BlockKernels;
import dev.lanewise.kernel.vector.Caches;
import dev.lanewise.kernel.vector.Lanes;

/**
 * Which library multiplies: the one place where that is decided.
 *
 * <p>OpenBLAS serves where one is loaded, with two exceptions. If it runs with kernels of a weaker
 * processor than this one (an {@code OPENBLAS_CORETYPE} in the environment does that), the
 * generated kernels are nearly twice as fast. And with vectors of 512 bits they are as fast or
 * faster for every product that is not small or narrow (docs/performance.md): then they take it,
 * too, but for huge ones on two processors with a far third cache level, which OpenBLAS takes in
 * halves. Many small ones never come here: {@link SmallGemm} does them without packing. {@code
 * lanewise.blas} set to {@code openblas} or {@code java} overrules.
 */
public final class BlasRule {
  private static final JavaBlas JAVA = new JavaBlas();
  private static final Blas CHOSEN = pick();

  /** Whether the generated kernels take products, whatever library is loaded beside them. */
  static final boolean BLOCK_KERNELS =
      Lanes.L == 16 && BlockKernels.anyBlock() && !BlasChoice.openBlasForced();

  /**
   * Multiply-adds from which the generated kernels pay. Their packing does from a cube of 128 on,
   * where both are equal; but each kernel takes the compiler a tenth of a second at the start, and
   * the fully connected layers of a LeNet-5 need five of them.
   */
  private static final long LARGE = 160L * 160 * 160;

  /** Rows, columns or steps below which too much of a block, or of the packing, is idle. */
  private static final int NARROW = 48;

  /**
   * Multiply-adds from which OpenBLAS is faster than the generated kernels once more where B is
   * transposed: it packs that better, and fetches ahead what comes from the third cache level,
   * which Java cannot.
   */
  private static final long LARGE_TRANSPOSED = 1L << 28;

  private static final int NARROW_TRANSPOSED = 512;

  /** How much longer than the other side of C one may be: 4096x512x2048 is up to 6% slower. */
  private static final int LONGEST = 4;

  /** The least rows and columns for the same where B is not transposed, and where only A is. */
  private static final int HUGE = 1536;

  private static final int HUGE_TRANSPOSED_A = 2048;

  private static final int HUGE_STEPS = 512;

  /**
   * Cut into halves, a product keeps two processors busy; into more, OpenBLAS packs so much so
   * often that its advantage is gone. The number of processors, and not that of threads, decides,
   * for the bits are not to depend on the latter. Where the third level is near, nothing is left
   * for OpenBLAS to gain by fetching ahead.
   */
  private static final boolean IN_HALVES =
      CHOSEN != JAVA
          && !(Caches.NEAR_THIRD_LEVEL && BLOCK_KERNELS)
          && Runtime.getRuntime().availableProcessors() <= 2;

  /**
   * Multiply-adds from which a product that is small or narrow is cut in two. With a far third
   * level, where a region of two threads costs 580 ns, they win little or nothing at 0.6 million.
   * Cores with a near one hand each other lines at once: there a region costs 190 ns, and OpenBLAS,
   * which packs nothing so small, takes 64x10x128 in 70% of the time. On one thread halves take it
   * 1 to 7% longer; of the generated kernels, which do pack, 30%.
   */
  static final long CUT = CHOSEN != JAVA && Caches.NEAR_THIRD_LEVEL ? 1L << 16 : 1L << 20;

  private BlasRule() {}

  private static Blas pick() {
    BlasChoice choice = BlasChoice.get();
    boolean weak = choice.weakCore() && !BlasChoice.openBlasForced();
    return weak ? JAVA : choice.openBlas().<Blas>map(blas -> blas).orElse(JAVA);
  }

  /** The library for a product of [m, k] by [k, n], or for a part of it, on one thread. */
  public static Blas choose(int m, int n, int k) {
    boolean large = Math.min(m, Math.min(n, k)) >= NARROW && (long) m * n * k >= LARGE;
    return large && BLOCK_KERNELS ? JAVA : CHOSEN;
  }

  /**
   * Whether OpenBLAS takes this product in two halves: those of its rows if an operand is
   * transposed, else those of its columns.
   */
  static boolean inHalves(boolean transA, boolean transB, int m, int n, int k) {
    int narrow = Math.min(m, n);
    if (!IN_HALVES || narrow < NARROW_TRANSPOSED) {
      return false;
    }
    return transB
        ? (long) m * n * k >= LARGE_TRANSPOSED && Math.max(m, n) <= (long) LONGEST * narrow
        : narrow >= (transA ? HUGE_TRANSPOSED_A : HUGE) && k >= HUGE_STEPS;
  }

  /** The library for what is small or narrow, for reports. */
  public static Blas chosen() {
    return CHOSEN;
  }

  /** The library that needs no native code. */
  public static Blas java() {
    return JAVA;
  }
}
