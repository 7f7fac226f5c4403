package dev.lanewise.kernel.product;

import dev.lanewise.blas.Blas;
import dev.lanewise.kernel.elementwise.StridedCopy;
import dev.lanewise.kernel.team.Team;
import dev.lanewise.kernel.vector.Operand;

/**
 * Matrix products over the team: cut into chunks that depend on the sizes only, each one a
 * single-threaded product, so the bits are the same for any number of threads.
 */
public final class Gemm {
  /** Below this, a chunk of its own costs more than it saves: about 15 µs of work. */
  private static final long CHUNK_MULTIPLY_ADDS = 2_000_000;

  /**
   * A product above the first of these sizes (in multiply-adds) is cut in two, above the second in
   * four, and so on. Each chunk packs its own operands, k (m + n) elements for k m n multiply-adds:
   * 128 by 128 costs half as much again as the product, 256 by 512 a fifth. So chunks are few.
   *
   * <p>In two, the three products of a layer of 400 by 120 at a batch of 64 take 2 to 10% more on
   * one thread and 22 to 38% less on two. Where the first size lies, {@link BlasRule} says.
   */
  private static final long[] CUTS = {
    BlasRule.CUT, 128L << 20, 512L << 20, 2L << 30, 8L << 30, 32L << 30
  };

  private Gemm() {}

  /**
   * One operand: row-major with {@code leading} elements from row to row, read transposed or not.
   */
  public record Matrix(Operand operand, long offset, int leading, boolean transposed) {
    long address() {
      return Operand.address(operand) + offset * 4;
    }
  }

  /**
   * C = A B + beta C, where A is [m, k], B is [k, n], and C is row-major without gaps.
   *
   * @param beta 0 or 1; with 0, C is not read
   */
  public static void multiply(Matrix a, Matrix b, Operand c, int m, int n, int k, float beta) {
    long aa = a.address();
    long bb = b.address();
    long cc = Operand.address(c);
    product(a.transposed, b.transposed, m, n, k, aa, a.leading, bb, b.leading, beta, cc);
  }

  /**
   * C = A B + bias, where A is [m, k], B is [k, n], bias [n] is added to each row, and C is
   * row-major without gaps.
   */
  public static void multiply(Matrix a, Matrix b, Operand bias, Operand c, int m, int n, int k) {
    long aa = a.address();
    long bb = b.address();
    long cc = Operand.address(c);
    if (TallGemm.suits(a.transposed, m, n, k, a.leading)) {
      long from = Operand.address(bias);
      TallGemm.multiply(b.transposed, m, n, k, aa, a.leading, bb, b.leading, false, from, cc, n);
    } else {
      StridedCopy.copy(bias, new long[] {0, 1}, new int[] {m, n}, c, Float.BYTES);
      product(a.transposed, b.transposed, m, n, k, aa, a.leading, bb, b.leading, 1, cc);
    }
  }

  /**
   * C[i] = A[i] B[i] for a batch of products; C[i] follow each other without gaps.
   *
   * @param aOffsets elements from A's place to each of its matrices
   * @param bOffsets elements from B's place to each of its matrices
   */
  public static void multiply(
      Matrix a, long[] aOffsets, Matrix b, long[] bOffsets, Operand c, int m, int n, int k) {
    long aa = a.address();
    long bb = b.address();
    long cc = Operand.address(c);
    long each = (long) m * n * k;
    int batch = aOffsets.length;
    if (each >= CHUNK_MULTIPLY_ADDS) {
      for (int i = 0; i < batch; i++) {
        product(
            a.transposed,
            b.transposed,
            m,
            n,
            k,
            aa + aOffsets[i] * 4,
            a.leading,
            bb + bOffsets[i] * 4,
            b.leading,
            0,
            cc + (long) i * m * n * 4);
      }
      return;
    }
    int perChunk = (int) Math.clamp(CHUNK_MULTIPLY_ADDS / Math.max(each, 1), 1, batch);
    Blas blas = BlasRule.choose(m, n, k);
    Team.global()
        .run(
            Math.ceilDiv(batch, perChunk),
            chunk -> {
              for (int i = chunk * perChunk; i < Math.min(batch, (chunk + 1) * perChunk); i++) {
                blas.sgemm(
                    a.transposed,
                    b.transposed,
                    m,
                    n,
                    k,
                    1,
                    aa + aOffsets[i] * 4,
                    a.leading,
                    bb + bOffsets[i] * 4,
                    b.leading,
                    0,
                    cc + (long) i * m * n * 4,
                    n);
              }
            });
  }

  private static void product(
      boolean transA,
      boolean transB,
      int m,
      int n,
      int k,
      long a,
      int lda,
      long b,
      int ldb,
      float beta,
      long c) {
    // First, as for products with a bias.
    if (TallGemm.suits(transA, m, n, k, lda)) {
      TallGemm.multiply(transB, m, n, k, a, lda, b, ldb, beta != 0, 0, c, n);
    } else if (LongGemm.suits(transA, transB, m, n, k)) {
      LongGemm.multiply(m, n, k, a, lda, b, ldb, beta != 0, c);
    } else if (NarrowGemm.suits(transA, transB, m, n, k)) {
      NarrowGemm.multiply(transB, m, n, k, a, lda, b, ldb, beta != 0, c, n);
    } else if (beta == 0 && TurnedGemm.suits(transA, transB, m, n, k, ldb)) {
      TurnedGemm.multiply(transA, m, n, k, a, lda, b, ldb, c, n);
    } else if (beta == 0 && SmallGemm.suits(transA, transB, m, n, k, lda, ldb)) {
      SmallGemm.multiply(transA, transB, m, n, k, a, lda, b, ldb, c, n);
    } else if (beta == 0 && MediumGemm.suits(transA, transB, m, n, k, lda, ldb)) {
      MediumGemm.multiply(transB, m, n, k, a, lda, b, ldb, c, n);
    } else if (beta == 0 && MediumGemm.suitsTurned(transA, transB, m, n, k, ldb)) {
      MediumGemm.multiplyTurned(m, n, k, a, lda, b, ldb, c, n);
    } else if (BlasRule.inHalves(transA, transB, m, n, k)) {
      int rowParts = transA || transB ? 2 : 1;
      Blas blas = BlasRule.chosen();
      inParts(blas, rowParts, 2 / rowParts, transA, transB, m, n, k, a, lda, b, ldb, beta, c);
    } else if (LargeGemm.suits(m, n, k)) {
      LargeGemm.multiply(transA, transB, m, n, k, a, lda, b, ldb, beta != 0, c, n);
    } else if ((long) m * n * k <= CUTS[0]) {
      BlasRule.choose(m, n, k).sgemm(transA, transB, m, n, k, 1, a, lda, b, ldb, beta, c, n);
    } else {
      int rowParts = 1;
      int columnParts = 1;
      long work = (long) m * n * k;
      for (int cut = 0; cut < CUTS.length && work > CUTS[cut]; cut++) {
        if (m / rowParts > n / columnParts) {
          rowParts *= 2;
        } else {
          columnParts *= 2;
        }
      }
      Blas blas = BlasRule.choose(m, n, k);
      inParts(blas, rowParts, columnParts, transA, transB, m, n, k, a, lda, b, ldb, beta, c);
    }
  }

  private static void inParts(
      Blas blas,
      int rowParts,
      int columnParts,
      boolean transA,
      boolean transB,
      int m,
      int n,
      int k,
      long a,
      int lda,
      long b,
      int ldb,
      float beta,
      long c) {
    // Whole vectors a part.
    int height = roundUp(Math.ceilDiv(m, rowParts));
    int width = roundUp(Math.ceilDiv(n, columnParts));
    int across = Math.ceilDiv(n, width);
    Team.global()
        .run(
            Math.ceilDiv(m, height) * across,
            chunk -> {
              int row = chunk / across * height;
              int column = chunk % across * width;
              blas.sgemm(
                  transA,
                  transB,
                  Math.min(height, m - row),
                  Math.min(width, n - column),
                  k,
                  1,
                  a + (transA ? row : (long) row * lda) * 4,
                  lda,
                  b + (transB ? (long) column * ldb : column) * 4,
                  ldb,
                  beta,
                  c + ((long) row * n + column) * 4,
                  n);
            });
  }

  private static int roundUp(int size) {
    return Math.ceilDiv(size, 16) * 16;
  }
}
