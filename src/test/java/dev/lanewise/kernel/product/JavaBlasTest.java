package dev.lanewise.kernel.product;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.block.BlockKernelTest;
import dev.lanewise.kernel.vector.Lanes;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Test;

class JavaBlasTest {
  private static final JavaBlas BLAS = new JavaBlas();

  /** A matrix of floats, rows a stride apart; what lies between the rows must stay as it is. */
  private record Matrix(float[] values, int stride) {
    static Matrix random(int rows, int columns, Random random) {
      Matrix matrix = new Matrix(new float[rows * (columns + 3)], columns + 3);
      for (int i = 0; i < matrix.values.length; i++) {
        matrix.values[i] = random.nextFloat() - 0.5f;
      }
      return matrix;
    }

    float get(int row, int column, boolean transposed) {
      return transposed ? values[column * stride + row] : values[row * stride + column];
    }
  }

  private static void check(
      boolean transA, boolean transB, int m, int n, int k, float alpha, float beta, Random random) {
    Matrix a = transA ? Matrix.random(k, m, random) : Matrix.random(m, k, random);
    Matrix b = transB ? Matrix.random(n, k, random) : Matrix.random(k, n, random);
    Matrix c = Matrix.random(m, n, random);
    if (beta == 0 && m * n > 0) {
      c.values[0] = Float.NaN; // must not be read
    }
    float[] result;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocateFrom(ValueLayout.JAVA_FLOAT, c.values);
      BLAS.sgemm(
          transA,
          transB,
          m,
          n,
          k,
          alpha,
          arena.allocateFrom(ValueLayout.JAVA_FLOAT, a.values).address(),
          a.stride,
          arena.allocateFrom(ValueLayout.JAVA_FLOAT, b.values).address(),
          b.stride,
          beta,
          out.address(),
          c.stride);
      result = out.toArray(ValueLayout.JAVA_FLOAT);
    }
    String label = "%dx%dx%d %b %b %s %s".formatted(m, n, k, transA, transB, alpha, beta);
    for (int row = 0; row < m; row++) {
      for (int column = 0; column < c.stride; column++) {
        int at = row * c.stride + column;
        if (column >= n) {
          assertEquals(c.values[at], result[at], () -> label + ": written beside a row");
          continue;
        }
        double sum = 0;
        double size = 0;
        for (int p = 0; p < k; p++) {
          double term = (double) a.get(row, p, transA) * b.get(p, column, transB);
          sum += term;
          size += Math.abs(term);
        }
        double expected = alpha * sum + (beta == 0 ? 0 : beta * (double) c.values[at]);
        assertEquals(expected, result[at], 1e-6 * (1 + size), label);
      }
    }
  }

  @Test
  void productsAreRightAroundTheEdgesOfBlocks() {
    Random random = new Random(1);
    int l = Lanes.L;
    int[] ms = {1, 2, 6, 7, 10, 13, 14, 15, 28, 29, 41};
    int[] ns = {1, l - 1, l, l + 1, 2 * l - 1, 2 * l, 2 * l + 1, 3 * l, 70};
    int[] ks = {1, 2, l - 1, l, l + 1, 37};
    float[] factors = {1, 1, 0.5f};
    float[] betas = {0, 1, -0.25f};
    for (int m : ms) {
      for (int n : ns) {
        for (int k : ks) {
          int form = random.nextInt(4);
          check(
              (form & 1) != 0,
              (form & 2) != 0,
              m,
              n,
              k,
              factors[random.nextInt(factors.length)],
              betas[random.nextInt(betas.length)],
              random);
        }
      }
    }
  }

  @Test
  void productsAreRightAroundTheEdgesOfCacheBlocks() {
    Random random = new Random(2);
    int[][] sizes = {{20, 40, 255}, {20, 40, 256}, {13, 33, 257}, {30, 20, 600}};
    int[][] tall = {{335, 20, 9}, {336, 17, 9}, {337, 33, 5}, {700, 10, 3}, {2, 4100, 3}};
    for (int form = 0; form < 4; form++) {
      for (int[][] group : new int[][][] {sizes, tall}) {
        for (int[] s : group) {
          check((form & 1) != 0, (form & 2) != 0, s[0], s[1], s[2], 1, form % 2, random);
        }
      }
    }
  }

  @Test
  void emptySumsOnlyScale() {
    Random random = new Random(3);
    check(false, false, 3, 5, 0, 1, 0, random);
    check(false, false, 3, 5, 0, 1, 0.5f, random);
    check(false, true, 3, 5, 4, 0, 0, random);
    check(true, false, 3, 5, 4, 0, 1, random);
    check(true, false, 0, 5, 4, 1, 1, random);
    check(true, false, 3, 0, 4, 1, 1, random);
  }

  @Test
  void stridesShorterThanARowAreRefused() {
    assertThrows(
        IllegalArgumentException.class,
        () -> BLAS.sgemm(false, false, 2, 3, 4, 1, 0, 3, 0, 3, 0, 0, 3));
  }

  @Test
  void aHotProductAllocatesNothing() {
    try (Arena arena = Arena.ofConfined()) {
      long a = arena.allocate(4 * 40 * 40, 64).address();
      long b = arena.allocate(4 * 40 * 40, 64).address();
      long c = arena.allocate(4 * 40 * 40, 64).address();
      long bytes =
          BlockKernelTest.allocated(
              () -> BLAS.sgemm(false, true, 40, 40, 40, 2, a, 40, b, 40, 1, c, 40));
      assertEquals(0, bytes / 1000);
    }
  }

  @Test
  void itNamesItself() {
    assertEquals("Java", BLAS.name());
    assertTrue(BLAS.core().startsWith(Lanes.L + " lanes"), BLAS.core());
  }
}
