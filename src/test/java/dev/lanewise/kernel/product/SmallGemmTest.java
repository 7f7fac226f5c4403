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
class SmallGemmTest {
  @ParameterizedTest
  @CsvSource({
    "64, 64, 64, 0", // two panels
    "100, 48, 60, 3", // one panel and a half, that is two blocks that overlap
    "14, 160, 128, 0", // one block of rows, five panels
    "77, 112, 50, 1", // nothing fits
    "131, 272, 40, 1", // blocks of 14 and 13 rows, panels copied in one piece
    "43, 64, 256, 0", // a sum that is not long
    "43, 64, 257, 0", // three slices of 48 KB, blocks of 11 and 10 rows; in one piece of 1 MB
    "64, 96, 784, 1", // seven slices, an odd number of panels
    "64, 64, 1365, 2", // the longest sum in one piece of 1 MB
    "47, 32, 1366, 0", // two slices of it, on one panel
    "130, 64, 700, 1", // many rows and a long sum
    "95, 544, 300, 2" // more panels than are halved
  })
  void isTheProduct(int m, int n, int k, int gap) {
    Random random = new Random(m);
    for (int form = 0; form < 4; form++) {
      boolean transA = form >= 2;
      boolean transB = form % 2 == 1;
      if (!transA && k >= 1024) {
        continue; // rows of A a page apart
      }
      int lda = (transA ? m : k) + gap;
      int ldb = (transB ? k : n) + gap;
      assumeTrue(SmallGemm.suits(transA, transB, m, n, k, lda, ldb), "for vectors of 512 bits");
      Matrices.check(transA, transB, m, n, k, gap, random, 1e-4f);
    }
  }

  @Test
  void narrowAndLargeProductsAreLeftToOthers() {
    assertFalse(SmallGemm.suits(false, false, 48, 48, 48, 48, 48));
    assertFalse(SmallGemm.suits(false, false, 10, 1024, 1024, 1024, 1024));
    assertFalse(SmallGemm.suits(false, false, 1024, 16, 1024, 1024, 16));
    assertFalse(SmallGemm.suits(false, false, 64, 120, 84, 84, 120), "a part of a vector");
    assertFalse(SmallGemm.suits(false, false, 256, 256, 512, 512, 256));
    assertFalse(SmallGemm.suits(false, false, 64, 64, 64, 64, 1024), "rows a page apart");
    assertFalse(SmallGemm.suits(false, false, 64, 512, 1024, 1024, 512), "rows of A a page apart");
    assertFalse(SmallGemm.suits(true, false, 64, 4096, 784, 64, 4096), "B in no cache");
  }
}
