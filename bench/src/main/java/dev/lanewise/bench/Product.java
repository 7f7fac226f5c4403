package dev.lanewise.bench;

/** One side's way to multiply the two matrices of a {@link Case.Gemm}. */
interface Product {
  void multiply();

  /** The product, row-major (m, n). */
  float[] result();
}
