package dev.lanewise.kernel.product;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lanewise.SameThreads;
import dev.lanewise.kernel.Place;
import dev.lanewise.kernel.team.Team;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith({Place.Guards.class, SameThreads.class})
class TallGemmTest {
  @ParameterizedTest
  @CsvSource({
    "512, 32, 128, 0", // one panel
    "1040, 48, 100, 0", // a last panel of one vector
    "700, 128, 128, 3", // nothing aligned
    "513, 384, 130, 0", // many panels, blocks of two heights
    "2000, 64, 33, 1", // short sums
    "2050, 176, 400, 0", // more of B than a quarter of an L2 of 1 MB
    "2048, 80, 1100, 3", // sums in three slices
    "2060, 48, 1024, 0", // rows of A a page apart
    "530, 64, 100, 1950", // the same with gaps
    "2048, 32, 1600, 448" // the same in slices with gaps
  })
  void isTheProduct(int m, int n, int k, int gap) {
    Random random = new Random(m);
    for (int form = 0; form < 2; form++) {
      assumeTrue(TallGemm.suits(false, m, n, k, k + gap), "for vectors of 512 bits");
      Matrices.check(false, form == 1, m, n, k, gap, random, 1e-4f);
    }
  }

  /** Where it serves and where the rows are filled before another product adds to them. */
  @ParameterizedTest
  @CsvSource({"600, 80, 100", "515, 128, 64", "40, 48, 20", "3, 5, 7", "70, 128, 1"})
  void aBiasIsAddedToEachRow(int m, int n, int k) {
    Random random = new Random(n);
    float[] a = Matrices.random(m * k, random);
    float[] b = Matrices.random(k * n, random);
    float[] bias = Matrices.random(n, random);
    float[] expected = new float[m * n];
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        double sum = bias[j];
        for (int l = 0; l < k; l++) {
          sum += (double) a[i * k + l] * b[j * k + l];
        }
        expected[i * n + j] = (float) sum;
      }
    }
    Gemm.Matrix left = new Gemm.Matrix(Place.of(a), 0, k, false);
    Gemm.Matrix right = new Gemm.Matrix(Place.of(b), 0, k, true);
    Place added = Place.of(bias);
    for (int count = 1; count <= 2; count++) {
      Team.global().setThreads(count);
      Place c = Place.floats((long) m * n);
      Gemm.multiply(left, right, added, c, m, n, k);
      assertArrayEquals(expected, c.toArray(), 1e-4f);
    }
  }

  @Test
  void othersAreLeftToOthers() {
    assumeTrue(TallGemm.suits(false, 4160, 128, 128, 128), "for vectors of 512 bits");
    assertTrue(TallGemm.suits(false, 512, 32, 32, 100), "the smallest");
    assertFalse(TallGemm.suits(true, 4160, 128, 128, 4160), "A transposed");
    assertFalse(TallGemm.suits(false, 511, 128, 128, 128), "few rows");
    assertFalse(TallGemm.suits(false, 4160, 120, 128, 128), "a part of a vector");
    assertFalse(TallGemm.suits(false, 2047, 2048, 512, 500), "a large B");
    assertFalse(TallGemm.suits(false, 4160, 32768, 500, 500), "a very large B");
    assertFalse(TallGemm.suits(false, 2047, 32, 513, 513), "long sums of few rows");
  }
}
