package dev.lanewise.kernel.product;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lanewise.SameThreads;
import dev.lanewise.kernel.Place;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith({Place.Guards.class, SameThreads.class})
class TurnedGemmTest {
  @ParameterizedTest
  @CsvSource({
    "32, 128, 257, 0", // one panel of A's rows, the shortest long sum
    "64, 266, 300, 1", // two panels, blocks all of one height
    "64, 257, 784, 0", // blocks of two heights
    "57, 231, 513, 2", // the second panel moves back
    "127, 509, 300, 3", // four panels
    "32, 128, 1025, 0", // rows more than a page long
    "60, 240, 300, 100" // a transposed A whose rows lie far apart
  })
  void isTheProduct(int m, int n, int k, int gap) {
    Random random = new Random(m);
    for (boolean transA : new boolean[] {false, true}) {
      assumeTrue(TurnedGemm.suits(transA, true, m, n, k, k + gap), "for vectors of 512 bits");
      Matrices.check(transA, true, m, n, k, gap, random, 1e-4f);
    }
  }

  @Test
  void isForFewRowsAndLongSumsOfTransposedRows() {
    assertFalse(TurnedGemm.suits(false, false, 64, 512, 784, 512), "B as it is");
    assertFalse(TurnedGemm.suits(true, true, 192, 512, 784, 784), "many rows");
    assertFalse(TurnedGemm.suits(true, true, 40, 512, 784, 784), "many rows twice");
    assertFalse(TurnedGemm.suits(true, true, 64, 512, 256, 256), "short sums");
    assertFalse(TurnedGemm.suits(true, true, 64, 512, 1024, 1024), "rows of B a page apart");
    assertFalse(TurnedGemm.suits(true, true, 64, 4096, 784, 784), "B in no cache");
    assertFalse(TurnedGemm.suits(false, true, 64, 128, 784, 784), "an A of half of B to be packed");
  }
}
