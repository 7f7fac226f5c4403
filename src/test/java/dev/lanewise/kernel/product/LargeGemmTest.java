package dev.lanewise.kernel.product;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.lanewise.kernel.team.Team;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LargeGemmTest {
  private static final int SENTINELS = 5;

  @ParameterizedTest
  @CsvSource({
    "3, 5, 7",
    "1, 1, 1",
    "14, 32, 256",
    "15, 33, 257",
    "64, 64, 513", // one part of C, which packs both sides
    "100, 1200, 1400", // few rows: longer slices
    "128, 1200, 300", // one row of parts: B is packed where it is read, A by the team
    "270, 240, 600", // B in place where the third level is near, a last panel of one vector
    "200, 4080, 300", // rows of B 16 KB apart share too few sets for that
    "1100, 97, 300", // one column of parts
    "403, 431, 700", // two by two
    "751, 731, 600", // longer slices where the third cache level is near
    "1057, 1213, 270" // both sides are shared
  })
  void isTheProduct(int m, int n, int k) {
    for (int form = 0; form < 4; form++) {
      check((form & 1) != 0, (form & 2) != 0, m, n, k, form % 3 == 0);
    }
  }

  private static void check(boolean transA, boolean transB, int m, int n, int k, boolean add) {
    Random random = new Random(m * 31L + n * 7L + k);
    int lda = (transA ? m : k) + 3;
    int ldb = (transB ? k : n) + (n % 16 == 0 ? 16 : 1); // whole lines can be read in place
    int ldc = n + SENTINELS;
    float[] a = Matrices.random((transA ? k : m) * lda, random);
    float[] b = Matrices.random((transB ? n : k) * ldb, random);
    float[] before = Matrices.random(m * ldc, random);
    if (!add) {
      before[0] = Float.NaN; // must not be read
    }
    float[] c = multiply(transA, transB, m, n, k, a, lda, b, ldb, add, before, ldc, 2);
    for (int row = 0; row < m; row++) {
      for (int column = n; column < ldc; column++) {
        assertEquals(before[row * ldc + column], c[row * ldc + column], "between the rows");
      }
    }
    for (int i = 0; i < 4000; i++) {
      // The corners first, then anywhere.
      int row = i < 4 ? i / 2 * (m - 1) : random.nextInt(m);
      int column = i < 4 ? i % 2 * (n - 1) : random.nextInt(n);
      double sum = add ? before[row * ldc + column] : 0;
      double size = 1;
      for (int p = 0; p < k; p++) {
        double x = transA ? a[p * lda + row] : a[row * lda + p];
        double product = x * (transB ? b[column * ldb + p] : b[p * ldb + column]);
        sum += product;
        size += Math.abs(product);
      }
      String place = "row " + row + ", column " + column + ", " + transA + " " + transB;
      assertEquals(sum, c[row * ldc + column], 1e-6 * size, place);
    }
    assertArrayEquals(
        c,
        multiply(transA, transB, m, n, k, a, lda, b, ldb, add, before, ldc, 1),
        "other bits with another number of threads");
  }

  private static float[] multiply(
      boolean transA,
      boolean transB,
      int m,
      int n,
      int k,
      float[] a,
      int lda,
      float[] b,
      int ldb,
      boolean add,
      float[] before,
      int ldc,
      int threads) {
    int usual = Team.global().threads();
    Team.global().setThreads(threads);
    try (Arena arena = Arena.ofShared()) {
      MemorySegment c = arena.allocateFrom(ValueLayout.JAVA_FLOAT, before);
      long left = arena.allocateFrom(ValueLayout.JAVA_FLOAT, a).address();
      long right = arena.allocateFrom(ValueLayout.JAVA_FLOAT, b).address();
      LargeGemm.multiply(transA, transB, m, n, k, left, lda, right, ldb, add, c.address(), ldc);
      return c.toArray(ValueLayout.JAVA_FLOAT);
    } finally {
      Team.global().setThreads(usual);
    }
  }

  @Test
  void smallAndNarrowProductsAreLeftToOthers() {
    assertFalse(LargeGemm.suits(128, 128, 128));
    assertFalse(LargeGemm.suits(64, 4096, 4096));
    assertFalse(LargeGemm.suits(4096, 4096, 64));
    boolean generated = BlasRule.choose(512, 512, 512) instanceof JavaBlas;
    assertEquals(generated, LargeGemm.suits(512, 512, 512));
  }
}
