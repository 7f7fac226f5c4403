package dev.lanewise.kernel.product;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lanewise.SameThreads;
import dev.lanewise.kernel.Place;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith({Place.Guards.class, SameThreads.class})
class LongGemmTest {
  @ParameterizedTest
  @CsvSource({
    "10, 16, 1024, 0", // the smallest
    "27, 48, 1500, 0", // a last panel of one vector, blocks of two heights
    "64, 128, 4160, 0", // slices that are not alike
    "33, 32, 1100, 3", // nothing aligned
    "13, 64, 9000, 192", // wide gaps, many parts
    "300, 256, 2100, 0", // two stripes of a level of 1 MB, two parts
    "517, 480, 1030, 5" // four stripes, one part
  })
  void isTheProduct(int m, int n, int k, int gap) {
    assumeTrue(LongGemm.suits(true, false, m, n, k), "for vectors of 512 bits");
    Matrices.check(true, false, m, n, k, gap, new Random(m), 1e-4f);
  }

  @Test
  void othersAreLeftToOthers() {
    assumeTrue(LongGemm.suits(true, false, 128, 128, 4160), "for vectors of 512 bits");
    assertTrue(LongGemm.suits(true, false, 128, 128, 1024), "with a small second level, too");
    assertFalse(LongGemm.suits(false, false, 128, 128, 4160), "A not transposed");
    assertFalse(LongGemm.suits(true, true, 128, 128, 4160), "B transposed");
    assertFalse(LongGemm.suits(true, false, 128, 128, 1023), "few steps");
    assertFalse(LongGemm.suits(true, false, 9, 128, 4160), "few rows");
    assertFalse(LongGemm.suits(true, false, 128, 120, 4160), "a part of a vector");
    assertFalse(LongGemm.suits(true, false, 1024, 1024, 4160), "a large C");
  }
}
