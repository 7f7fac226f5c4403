package dev.lanewise.blas;

/**
 * Matrix products in float32 on raw addresses. An implementation runs on the calling thread alone,
 * and may be called from several threads at once.
 */
public interface Blas {
  /** The library and its version, for example {@code OpenBLAS 0.3.31}. */
  String name();

  /** The processor family whose kernels run, for example {@code Cooperlake}. */
  String core();

  /**
   * {@code C = alpha op(A) op(B) + beta C}, all row-major, where op transposes or not. A beta of 0
   * overwrites C whatever it holds, NaN included.
   *
   * @param transA whether A lies in memory as [k, m] instead of [m, k]
   * @param transB whether B lies in memory as [n, k] instead of [k, n]
   * @param m rows of op(A) and of C
   * @param n columns of op(B) and of C
   * @param k columns of op(A), rows of op(B)
   * @param alpha factor of the product
   * @param a address of A
   * @param lda floats from one row of A, as it lies in memory, to the next
   * @param b address of B
   * @param ldb floats from one row of B, as it lies in memory, to the next
   * @param beta factor of what C held
   * @param c address of C, which must not overlap A or B
   * @param ldc floats from one row of C to the next
   * @throws IllegalArgumentException if a size is negative or a row is longer than its stride
   */
  void sgemm(
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
      int ldc);

  /**
   * Refuses sizes and strides that no implementation can work with.
   *
   * @throws IllegalArgumentException if a size is negative or a row is longer than its stride
   */
  static void check(
      boolean transA, boolean transB, int m, int n, int k, int lda, int ldb, int ldc) {
    if (m < 0 || n < 0 || k < 0 || lda < (transA ? m : k) || ldb < (transB ? k : n) || ldc < n) {
      throw new IllegalArgumentException(
          ("A product of %s [%d, %d] and %s [%d, %d] has row strides of %d, %d and %d floats;"
                  + " expected sizes from 0 on and strides no shorter than the rows in memory.")
              .formatted(
                  transA ? "transposed" : "plain",
                  m,
                  k,
                  transB ? "transposed" : "plain",
                  k,
                  n,
                  lda,
                  ldb,
                  ldc));
    }
  }
}
