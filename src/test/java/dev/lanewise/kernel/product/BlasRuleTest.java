package dev.lanewise.kernel.product;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.lanewise.blas.BlasChoice;
import dev.lanewise.kernel.block.BlockKernels;
import dev.lanewise.kernel.vector.Caches;
import dev.lanewise.kernel.vector.Lanes;
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

  @Test
  void hugeProductsGoBackToTheLibraryOnTwoProcessorsOnly() {
    boolean wide = Lanes.L == 16 && BlockKernels.anyBlock() && !BlasChoice.openBlasForced();
    boolean library =
        !(BlasRule.chosen() instanceof JavaBlas) && !(wide && Caches.NEAR_THIRD_LEVEL);
    boolean few = Runtime.getRuntime().availableProcessors() <= 2;
    for (int form = 0; form < 4; form++) {
      boolean transA = form >= 2;
      boolean transB = form % 2 == 1;
      assertEquals(library && few, BlasRule.inHalves(transA, transB, 2048, 2048, 2048));
      assertEquals(library && few && transB, BlasRule.inHalves(transA, transB, 1024, 1024, 1024));
      assertEquals(library && few && transB, BlasRule.inHalves(transA, transB, 768, 768, 768));
      assertFalse(BlasRule.inHalves(transA, transB, 512, 512, 512), "small");
      assertFalse(BlasRule.inHalves(transA, transB, 512, 8192, 2048), "long");
    }
  }
}
