package dev.lanewise.kernel.product;

import dev.lanewise.OtherJvm;
import dev.lanewise.kernel.Place;
import dev.lanewise.kernel.team.Team;
import dev.lanewise.kernel.vector.Caches;
import dev.lanewise.kernel.vector.Operand;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Products in pieces as other processors have them, in a JVM of their own. */
class OtherCachesTest {
  @ParameterizedTest
  @ValueSource(strings = {"8,128", "32,1024", "48,2048"})
  void productsAreRight(String caches) throws Exception {
    String classPath = OtherJvm.path(OtherJvm.CLASSES, OtherJvm.TEST_CLASSES);
    String setting = "-D" + Caches.SETTING + "=" + caches;
    OtherJvm.java(classPath, List.of(setting, Products.class.getName())).ofSuccess();
  }

  /** What the other JVM runs; of small whole numbers, so that every order of a sum is exact. */
  static final class Products {
    private static final int[][] SIZES = {
      {150, 270, 1400}, {270, 300, 600}, {256, 208, 1160}, {100, 272, 900}
    };

    public static void main(String[] arguments) {
      for (int[] size : SIZES) {
        for (int form = 0; form < 4; form++) {
          check((form & 1) != 0, (form & 2) != 0, size[0], size[1], size[2]);
        }
      }
    }

    private static void check(boolean transA, boolean transB, int m, int n, int k) {
      Random random = new Random(m);
      float[] a = values(m * k, random);
      float[] b = values(k * n, random);
      float[] expected = new float[m * n];
      for (int i = 0; i < m; i++) {
        for (int p = 0; p < k; p++) {
          float x = transA ? a[p * m + i] : a[i * k + p];
          for (int j = 0; j < n; j++) {
            expected[i * n + j] += x * (transB ? b[j * k + p] : b[p * n + j]);
          }
        }
      }
      Place left = Place.of(a);
      Place right = Place.of(b);
      int lda = transA ? m : k;
      int ldb = transB ? k : n;
      for (int threads = 1; threads <= 2; threads++) {
        Team.global().setThreads(threads);
        Place large = Place.floats((long) m * n);
        LargeGemm.multiply(
            transA,
            transB,
            m,
            n,
            k,
            Operand.address(left),
            lda,
            Operand.address(right),
            ldb,
            false,
            Operand.address(large),
            n);
        compare(expected, large, "LargeGemm");
        Place any = Place.floats((long) m * n);
        Gemm.multiply(
            new Gemm.Matrix(left, 0, lda, transA),
            new Gemm.Matrix(right, 0, ldb, transB),
            any,
            m,
            n,
            k,
            0);
        compare(expected, any, "Gemm");
      }
    }

    private static void compare(float[] expected, Place found, String name) {
      float[] values = found.toArray();
      for (int i = 0; i < expected.length; i++) {
        if (expected[i] != values[i]) {
          throw new AssertionError(name + " at " + i + ": " + values[i] + ", not " + expected[i]);
        }
      }
    }

    private static float[] values(int count, Random random) {
      float[] values = new float[count];
      for (int i = 0; i < count; i++) {
        values[i] = random.nextInt(7) - 3;
      }
      return values;
    }
  }
}
