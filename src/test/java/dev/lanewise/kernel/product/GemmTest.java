package dev.lanewise.kernel.product;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.SameThreads;
import dev.lanewise.kernel.Place;
import dev.lanewise.kernel.team.Team;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith({Place.Guards.class, SameThreads.class})
class GemmTest {
  private static final int CHECKED = 500;

  /** Both halves of rows and of columns, whole and with rests, and what is just too small. */
  @ParameterizedTest
  @CsvSource({
    "64, 10, 128, 0", // halves of the rows, alike
    "63, 11, 131, 1", // one shorter than the other
    "33, 9, 257, 0", // two rows and a row
    "17, 100, 50, 3", // of the columns
    "50, 50, 50, 0",
    "15, 17, 300, 2", // whose second has one
    "16, 16, 257, 0", // too narrow for two
    "64, 8, 128, 0", // the largest that stays whole
    "64, 8, 129, 0"
  })
  void smallProductIsTheSameInTwoPieces(int m, int n, int k, int gap) {
    Random random = new Random(m);
    for (int form = 0; form < 4; form++) {
      Matrices.check(form >= 2, form % 2 == 1, m, n, k, gap, random, 1e-4f);
    }
  }

  /** Sizes that are no multiples of anything, so that halves and blocks have rests. */
  @ParameterizedTest
  @CsvSource({"false, false, 0", "true, true, 1", "false, true, 0"})
  void hugeProductHasTheSameBitsForAnyNumberOfThreads(boolean transA, boolean transB, float beta) {
    int m = 1549;
    int n = 1537;
    int k = 515;
    Random random = new Random(5);
    float[] a = Matrices.random(m * k, random);
    float[] b = Matrices.random(k * n, random);
    float[] before = Matrices.random(m * n, random);
    Gemm.Matrix left = new Gemm.Matrix(Place.of(a), 0, transA ? m : k, transA);
    Gemm.Matrix right = new Gemm.Matrix(Place.of(b), 0, transB ? k : n, transB);
    Team.global().setThreads(1);
    Place one = Place.of(before);
    Gemm.multiply(left, right, one, m, n, k, beta);
    Team.global().setThreads(2);
    Place two = Place.of(before);
    Gemm.multiply(left, right, two, m, n, k, beta);
    float[] c = one.toArray();
    assertTrue(Arrays.equals(c, two.toArray()), "other bits with two threads");
    for (int i = 0; i < CHECKED; i++) {
      // Beside the cuts first, then anywhere.
      int row = i < 4 ? m / 2 + i * 8 - 16 : random.nextInt(m);
      int column = i < 4 ? n / 2 + i * 8 - 16 : random.nextInt(n);
      double sum = beta * before[row * n + column];
      for (int p = 0; p < k; p++) {
        double x = transA ? a[p * m + row] : a[row * k + p];
        sum += x * (transB ? b[column * k + p] : b[p * n + column]);
      }
      assertEquals(sum, c[row * n + column], 1e-4, "row " + row + ", column " + column);
    }
  }
}
