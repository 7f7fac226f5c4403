package dev.lanewise.kernel.product;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.SameThreads;
import dev.lanewise.kernel.Place;
import dev.lanewise.kernel.team.Team;
import java.util.Random;

/** Matrices for the tests of products. */
final class Matrices {
  private Matrices() {}

  /** Numbers from -0.5 to 0.5. */
  static float[] random(int count, Random random) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = random.nextFloat() - 0.5f;
    }
    return values;
  }

  /**
   * Compares {@link Gemm} with sums in float64, the bits of two threads with those of one, and what
   * is added with what is overwritten. The threads remain two: {@link SameThreads}.
   *
   * @param gap elements between the rows of A, and of B
   */
  static void check(
      boolean transA,
      boolean transB,
      int m,
      int n,
      int k,
      int gap,
      Random random,
      float tolerance) {
    int lda = (transA ? m : k) + gap;
    int ldb = (transB ? k : n) + gap;
    float[] a = random((transA ? k : m) * lda - gap, random);
    float[] b = random((transB ? n : k) * ldb - gap, random);
    float[] expected = new float[m * n];
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        double sum = 0;
        for (int l = 0; l < k; l++) {
          sum +=
              (double) a[transA ? l * lda + i : i * lda + l]
                  * b[transB ? j * ldb + l : l * ldb + j];
        }
        expected[i * n + j] = (float) sum;
      }
    }
    String form = (transA ? "A transposed, " : "A, ") + (transB ? "B transposed" : "B");
    Gemm.Matrix left = new Gemm.Matrix(Place.of(a), 0, lda, transA);
    Gemm.Matrix right = new Gemm.Matrix(Place.of(b), 0, ldb, transB);
    float[] one = new float[0];
    for (int count = 1; count <= 2; count++) {
      Team.global().setThreads(count);
      Place c = Place.floats((long) m * n);
      Gemm.multiply(left, right, c, m, n, k, 0);
      assertArrayEquals(expected, c.toArray(), tolerance, form);
      one = count == 1 ? c.toArray() : one;
      assertArrayEquals(one, c.toArray(), "two threads, other bits");
      Gemm.multiply(left, right, c, m, n, k, 1);
      assertEquals(2 * expected[m * n - 1], c.toArray()[m * n - 1], 2 * tolerance, "added");
    }
  }
}
