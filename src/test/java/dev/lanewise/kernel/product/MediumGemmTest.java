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
class MediumGemmTest {
  @ParameterizedTest
  @CsvSource({
    "512, 512, 512, 0", // blocks of 14 and 13 rows, two slices
    "266, 272, 300, 1", // blocks of 14 rows, a panel of one vector, nothing aligned
    "256, 208, 1160, 0", // three slices or five
    "480, 208, 200, 0" // one slice
  })
  void isTheProduct(int m, int n, int k, int gap) {
    Random random = new Random(m);
    for (int form = 0; form < 2; form++) {
      boolean transB = form % 2 == 1;
      int lda = k + gap;
      int ldb = (transB ? k : n) + gap;
      assumeTrue(MediumGemm.suits(false, transB, m, n, k, lda, ldb), "for vectors of 512 bits");
      Matrices.check(false, transB, m, n, k, gap, random, 2e-4f);
    }
  }

  /** What is read in place where the third cache level is near, else packed. */
  @ParameterizedTest
  @CsvSource({
    "96, 784, 1160, 0", // few rows
    "300, 80, 5300, 0", // a large A, whose rows are cut in halves, a panel of one vector
    "100, 112, 6000, 4", // two slices
    "100, 4096, 260, 0", // rows of B far apart, few of A
    "200, 1024, 600, 0", // rows of B that share sets
    "160, 352, 1028, 16" // rows of A that nearly share one
  })
  void largerProductsAreRight(int m, int n, int k, int gap) {
    Random random = new Random(m);
    for (int form = 0; form < 2; form++) {
      Matrices.check(false, form % 2 == 1, m, n, k, gap, random, 1e-3f);
    }
  }

  /** Of B's next panel lines are fetched where it is large; a transposed A is turned first. */
  @ParameterizedTest
  @CsvSource({
    "100, 4112, 1024, 0", // an even number of blocks, the last panel of one vector; A a page apart
    "106, 16400, 256, 16", // an odd number
    "97, 2064, 300, 0", // nothing to be fetched
    "322, 784, 4880, 0", // a large A, whose rows are cut in halves
    "128, 2080, 65, 3" // a step more than tiles
  })
  void productsWithManyColumnsAreRight(int m, int n, int k, int gap) {
    Random random = new Random(m);
    for (int form = 0; form < 2; form++) {
      Matrices.check(form == 1, false, m, n, k, gap, random, 1e-3f);
    }
  }

  @Test
  void aTransposedLeftSideIsTurnedForManyColumns() {
    boolean turned = MediumGemm.suitsTurned(true, false, 128, 12544, 1152, 12544);
    assumeTrue(turned, "for vectors of 512 bits and a near third level");
    assertFalse(MediumGemm.suitsTurned(false, false, 128, 12544, 1152, 12544), "plain already");
    assertFalse(MediumGemm.suitsTurned(true, true, 128, 12544, 1152, 1152), "B transposed, too");
    assertTrue(MediumGemm.suitsTurned(true, false, 512, 784, 4608, 784), "enough columns");
    assertFalse(MediumGemm.suitsTurned(true, false, 512, 384, 2304, 384), "few columns");
  }

  @Test
  void othersAreLeftToOthers() {
    assumeTrue(MediumGemm.suits(false, true, 512, 512, 512, 512, 512), "for vectors of 512 bits");
    assertFalse(MediumGemm.suits(true, false, 512, 512, 512, 512, 512), "A transposed");
    assertFalse(MediumGemm.suits(false, false, 256, 256, 256, 256, 256), "small");
    assertFalse(MediumGemm.suits(false, false, 64, 4096, 600, 600, 4096), "few rows");
    assertFalse(MediumGemm.suits(false, false, 4000, 768, 840, 840, 768), "A too large");
    assertFalse(
        MediumGemm.suits(false, false, 256, 512, 1024, 1024, 512), "rows of A a page apart");
    assertFalse(MediumGemm.suits(false, false, 512, 4096, 512, 512, 4097), "rows of B far apart");
    assertFalse(MediumGemm.suits(false, false, 512, 520, 512, 512, 520), "a part of a vector");
  }
}
