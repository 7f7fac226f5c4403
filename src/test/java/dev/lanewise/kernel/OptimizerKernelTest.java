package dev.lanewise.kernel;

import dev.lanewise.kernel.scalar.ScalarOptimizer;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class OptimizerKernelTest {
  private final Random random = new Random(7);

  @AfterEach
  void checkGuards() {
    Place.checkAll();
  }

  @Test
  void sgdEqualsItsTwin() {
    for (int n : ElementwiseTest.sizes()) {
      Place p = Place.random(n, random);
      Place twin = p.copy();
      for (int step = 0; step < 3; step++) {
        Place g = Place.random(n, random);
        OptimizerKernel.sgd(p, g, null, n, 0.1f, 0, 0, 0.01f, false, step == 0);
        ScalarOptimizer.sgd(twin, g, null, n, 0.1f, 0, 0, 0.01f, false, step == 0);
        Place.assertClose(twin.toArray(), p.toArray(), 5e-7, "plain, " + n);
      }
      for (boolean nesterov : new boolean[] {false, true}) {
        // Before the first step the velocity holds anything, even what poisons sums.
        Place v = Place.floats(n);
        Place twinV = Place.floats(n);
        for (int i = 0; i < n; i++) {
          v.set(i, Float.NaN);
        }
        float dampening = nesterov ? 0 : 0.2f;
        for (int step = 0; step < 4; step++) {
          Place g = Place.random(n, random);
          boolean first = step == 0;
          OptimizerKernel.sgd(p, g, v, n, 0.1f, 0.9f, dampening, 0.01f, nesterov, first);
          ScalarOptimizer.sgd(twin, g, twinV, n, 0.1f, 0.9f, dampening, 0.01f, nesterov, first);
          Place.assertClose(twinV.toArray(), v.toArray(), 2e-6, "velocity, " + n);
          Place.assertClose(twin.toArray(), p.toArray(), 2e-6, "momentum, " + n);
        }
      }
      Place.checkAll();
    }
  }
}
