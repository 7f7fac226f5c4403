package dev.lanewise.kernel;

import static org.junit.jupiter.api.Assertions.assertSame;

import dev.lanewise.blas.BlasChoice;
import org.junit.jupiter.api.Test;

class BlasRuleTest {
  @Test
  void smallAndNarrowProductsStayWithTheLoadedLibrary() {
    assertSame(BlasRule.chosen(), BlasRule.choose(64, 64, 64));
    assertSame(BlasRule.chosen(), BlasRule.choose(64, 10, 100_000));
    assertSame(BlasRule.chosen(), BlasRule.choose(10, 100_000, 256));
    assertSame(BlasRule.chosen(), BlasRule.choose(4096, 4096, 3));
  }

  @Test
  void generatedKernelsTakeTheRestWhereVectorsAreWide() {
    boolean wide = Lanes.L == 16 && BlockKernels.anyBlock() && !BlasChoice.openBlasForced();
    assertSame(wide ? BlasRule.java() : BlasRule.chosen(), BlasRule.choose(64, 512, 784));
    assertSame(wide ? BlasRule.java() : BlasRule.chosen(), BlasRule.choose(160, 160, 160));
  }
}
