package dev.lanewise.blas;

import dev.lanewise.blas.openblas.OpenBlasBindings;
import java.lang.foreign.MemorySegment;

/**
 * OpenBLAS through the bindings that jextract wrote. It runs on the calling thread alone: Lanewise
 * cuts the work into chunks itself, so that results do not depend on the number of threads.
 *
 * <p>The calls are ordinary downcalls (some 8 ns), never {@code critical} ones, which would block
 * the garbage collector for as long as a product takes.
 */
public final class OpenBlas implements Blas {
  private static final int ROW_MAJOR = OpenBlasBindings.CblasRowMajor();
  private static final int PLAIN = OpenBlasBindings.CblasNoTrans();
  private static final int TRANSPOSED = OpenBlasBindings.CblasTrans();

  private final String config;
  private final String core;
  private final String origin;

  /**
   * @param origin where the library came from, for reports
   */
  OpenBlas(String origin) {
    OpenBlasBindings.openblas_set_num_threads(1);
    this.config = OpenBlasBindings.openblas_get_config().getString(0).strip();
    this.core = OpenBlasBindings.openblas_get_corename().getString(0).strip();
    this.origin = origin;
  }

  @Override
  public String name() {
    String[] words = config.split("\\s+");
    return words.length < 2 ? "OpenBLAS" : words[0] + " " + words[1];
  }

  @Override
  public String core() {
    return core;
  }

  /** How the library was built, in its own words. */
  public String config() {
    return config;
  }

  /** Where the library came from: its kind and its file. */
  public String origin() {
    return origin;
  }

  @Override
  public void sgemm(
      boolean transA,
      boolean transB,
      int m,
      int n,
      int k,
      float alpha,
      long a,
      int lda,
      long b,
      int ldb,
      float beta,
      long c,
      int ldc) {
    Blas.check(transA, transB, m, n, k, lda, ldb, ldc);
    // It asks for strides of at least 1, also where a matrix is empty.
    OpenBlasBindings.cblas_sgemm(
        ROW_MAJOR,
        transA ? TRANSPOSED : PLAIN,
        transB ? TRANSPOSED : PLAIN,
        m,
        n,
        k,
        alpha,
        MemorySegment.ofAddress(a),
        Math.max(1, lda),
        MemorySegment.ofAddress(b),
        Math.max(1, ldb),
        beta,
        MemorySegment.ofAddress(c),
        Math.max(1, ldc));
  }

  @Override
  public String toString() {
    return name() + " (" + core + ", " + origin + ")";
  }
}
