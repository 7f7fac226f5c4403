package dev.lanewise.blas;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lanewise.blas.openblas.OpenBlasBindings;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OpenBlasTest {
  private OpenBlas blas;

  @BeforeEach
  void find() {
    BlasChoice choice = BlasChoice.get();
    assumeTrue(
        choice.openBlas().isPresent(),
        () -> "OpenBLAS is not tested: " + String.join(" ", choice.report()));
    blas = choice.openBlas().orElseThrow();
  }

  /** A product with its operands, whose rows are longer than they need be. */
  private record Product(
      boolean transA, boolean transB, int m, int n, int k, float alpha, float beta, int padding) {
    int lda() {
      return (transA ? m : k) + padding;
    }

    int ldb() {
      return (transB ? k : n) + padding;
    }

    int ldc() {
      return n + padding;
    }

    float[] a(Random random) {
      return floats(random, (transA ? k : m) * lda());
    }

    float[] b(Random random) {
      return floats(random, (transB ? n : k) * ldb());
    }

    float[] c(Random random) {
      return floats(random, m * ldc());
    }

    private static float[] floats(Random random, int count) {
      float[] values = new float[count];
      for (int i = 0; i < count; i++) {
        values[i] = random.nextFloat() * 2 - 1;
      }
      return values;
    }

    float[] naive(float[] a, float[] b, float[] c) {
      float[] result = c.clone();
      for (int i = 0; i < m; i++) {
        for (int j = 0; j < n; j++) {
          double sum = 0;
          for (int p = 0; p < k; p++) {
            double left = transA ? a[p * lda() + i] : a[i * lda() + p];
            double right = transB ? b[j * ldb() + p] : b[p * ldb() + j];
            sum += left * right;
          }
          double old = beta == 0 ? 0 : beta * c[i * ldc() + j];
          result[i * ldc() + j] = (float) (alpha * sum + old);
        }
      }
      return result;
    }

    float[] with(Blas blas, float[] a, float[] b, float[] c) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment result = arena.allocateFrom(ValueLayout.JAVA_FLOAT, c);
        blas.sgemm(
            transA,
            transB,
            m,
            n,
            k,
            alpha,
            arena.allocateFrom(ValueLayout.JAVA_FLOAT, a).address(),
            lda(),
            arena.allocateFrom(ValueLayout.JAVA_FLOAT, b).address(),
            ldb(),
            beta,
            result.address(),
            ldc());
        return result.toArray(ValueLayout.JAVA_FLOAT);
      }
    }
  }

  @Test
  void equalsTheNaiveProductForAllTransposesStridesAndBetas() {
    int[][] sizes = {
      {1, 1, 1}, {2, 3, 5}, {7, 1, 9}, {16, 16, 16}, {33, 65, 17}, {64, 10, 128}, {100, 129, 300}
    };
    Random random = new Random(1);
    for (int[] size : sizes) {
      for (boolean transA : new boolean[] {false, true}) {
        for (boolean transB : new boolean[] {false, true}) {
          for (float beta : new float[] {0, 1, -0.5f}) {
            for (int padding : new int[] {0, 3}) {
              Product product =
                  new Product(
                      transA, transB, size[0], size[1], size[2], 1.25f - beta, beta, padding);
              float[] a = product.a(random);
              float[] b = product.b(random);
              float[] c = product.c(random);
              assertArrayEquals(
                  product.naive(a, b, c),
                  product.with(blas, a, b, c),
                  1e-6f * (4 + size[2]),
                  product::toString);
            }
          }
        }
      }
    }
  }

  @Test
  void betaOfZeroOverwritesNaN() {
    Random random = new Random(2);
    for (int size : new int[] {3, 40, 200}) {
      Product product = new Product(false, false, size, size, size, 1, 0, 0);
      float[] a = product.a(random);
      float[] b = product.b(random);
      float[] c = new float[size * size];
      Arrays.fill(c, Float.NaN);
      assertArrayEquals(product.naive(a, b, c), product.with(blas, a, b, c), 1e-3f);
    }
  }

  @Test
  void anEmptySumLeavesBetaTimesC() {
    Product product = new Product(false, false, 3, 4, 0, 1, 0.5f, 0);
    float[] c = product.c(new Random(3));
    assertArrayEquals(product.naive(c, c, c), product.with(blas, new float[1], new float[4], c));
    Product nothing = new Product(false, false, 0, 4, 2, 1, 0.5f, 0);
    assertEquals(0, nothing.with(blas, new float[1], new float[8], new float[0]).length);
  }

  @Test
  void severalThreadsGetTheSameBits() throws Exception {
    Random random = new Random(4);
    Product product = new Product(false, true, 150, 170, 190, 1, 0, 0);
    float[] a = product.a(random);
    float[] b = product.b(random);
    float[] c = product.c(random);
    float[] expected = product.with(blas, a, b, c);
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      Callable<float[]> task =
          () -> {
            float[] result = c;
            for (int i = 0; i < 25; i++) {
              result = product.with(blas, a, b, c);
              if (!Arrays.equals(expected, result)) {
                break;
              }
            }
            return result;
          };
      for (Future<float[]> result : threads.invokeAll(List.of(task, task, task, task))) {
        assertArrayEquals(expected, result.get());
      }
    }
  }

  @Test
  void everyThreadSeesOneThread() throws Exception {
    try (ExecutorService thread = Executors.newSingleThreadExecutor()) {
      assertEquals(1, thread.submit(OpenBlasBindings::openblas_get_num_threads).get());
    }
  }

  @Test
  void rowsLongerThanTheirStrideAreRefused() {
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () -> blas.sgemm(false, false, 2, 3, 4, 1, 64, 3, 64, 3, 0, 64, 3))
            .getMessage();
    assertTrue(message.contains("[2, 4]") && message.contains("expected"), message);
    assertThrows(
        IllegalArgumentException.class,
        () -> blas.sgemm(false, false, -1, 3, 4, 1, 64, 4, 64, 3, 0, 64, 3));
  }

  @Test
  void saysWhatItIs() {
    assertTrue(blas.name().matches("OpenBLAS \\d+\\.\\d+\\.\\d+\\S*"), blas.name());
    assertTrue(blas.config().startsWith("OpenBLAS"), blas.config());
    assertTrue(blas.toString().contains(blas.core()), blas.toString());
  }
}
