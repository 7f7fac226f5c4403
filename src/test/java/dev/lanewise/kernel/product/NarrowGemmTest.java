package dev.lanewise.kernel.product;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lanewise.kernel.block.BlockKernels;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NarrowGemmTest {
  private static final int SENTINELS = 5;

  @ParameterizedTest
  @CsvSource({
    "false, true, 16, 1000, 1024",
    "false, true, 7, 1003, 523",
    "false, true, 32, 11, 48000",
    "false, true, 1, 600, 2049",
    "false, false, 16, 2064, 257",
    "false, false, 31, 1040, 510",
    "false, false, 5, 16384, 33",
    "true, false, 1003, 528, 16",
    "true, false, 700, 784, 31",
    "true, false, 33, 16384, 1"
  })
  void isTheProduct(boolean transA, boolean transB, int m, int n, int k) {
    assumeTrue(BlockKernels.anyBlock(), "the block kernels are not generated here");
    assertTrue(NarrowGemm.suits(transA, transB, m, n, k));
    check(transA, transB, m, n, k, false);
    check(transA, transB, m, n, k, true);
  }

  @ParameterizedTest
  @CsvSource({
    "false, true, 64, 512, 784", // not narrow
    "false, true, 16, 128, 128", // not large
    "true, true, 16, 1000, 1024",
    "false, false, 16, 1001, 1024"
  })
  void otherProductsAreLeftToOthers(boolean transA, boolean transB, int m, int n, int k) {
    assertFalse(NarrowGemm.suits(transA, transB, m, n, k));
  }

  private static void check(boolean transA, boolean transB, int m, int n, int k, boolean add) {
    Random random = new Random(m * 31L + n * 7L + k);
    int lda = (transA ? m : k) + 3;
    int ldb = (transB ? k : n) + 1;
    int ldc = n + SENTINELS;
    float[] a = Matrices.random((transA ? k : m) * lda, random);
    float[] b = Matrices.random((transB ? n : k) * ldb, random);
    float[] before = Matrices.random(m * ldc, random);
    if (!add) {
      before[0] = Float.NaN; // must not be read
    }
    float[] c;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocateFrom(ValueLayout.JAVA_FLOAT, before);
      long aa = arena.allocateFrom(ValueLayout.JAVA_FLOAT, a).address();
      long bb = arena.allocateFrom(ValueLayout.JAVA_FLOAT, b).address();
      NarrowGemm.multiply(transB, m, n, k, aa, lda, bb, ldb, add, out.address(), ldc);
      c = out.toArray(ValueLayout.JAVA_FLOAT);
    }
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
      for (int p = 0; p < k; p++) {
        double x = transA ? a[p * lda + row] : a[row * lda + p];
        sum += x * (transB ? b[column * ldb + p] : b[p * ldb + column]);
      }
      assertEquals(sum, c[row * ldc + column], 4e-6 * Math.sqrt(k + 1), row + ", " + column);
    }
  }
}
