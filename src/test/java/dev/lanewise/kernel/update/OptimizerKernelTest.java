package dev.lanewise.kernel.update;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lanewise.kernel.Place;
import dev.lanewise.kernel.elementwise.ElementwiseTest;
import dev.lanewise.kernel.product.OuterProduct;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.kernel.vector.Operand;
import dev.lanewise.memory.Block;
import dev.lanewise.memory.Pool;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Place.Guards.class)
class OptimizerKernelTest {
  private static final UpdateSlope SLOPE = new UpdateSlope(-1, 0.01f, 0.99f);

  private final Random random = new Random(7);

  private record Work(Place p, List<Place> gradients, Place[] states, int n) {
    long state(int i) {
      return i < states.length ? Operand.address(states[i]) : 0;
    }
  }

  private Work work(UpdateFormula formula, int n) {
    List<Place> gradients =
        List.of(Place.random(n, random), Place.random(n, random), Place.random(n, random));
    Place[] states = new Place[formula.states()];
    for (int i = 0; i < states.length; i++) {
      states[i] = Place.floats(n);
      for (int k = 0; k < n; k++) {
        // What a mean square and a squared mean could be, as the variance takes one off the other.
        states[i].set(k, i == 0 ? 2 : 0.5f);
      }
    }
    return new Work(Place.random(n, random), gradients, states, n);
  }

  /** All sizes in one list, so that chunks begin and end inside parameters. */
  @Test
  void everyFormulaHasTheBitsOfItsTwin() {
    everyFormulaHasTheBitsOfItsTwin(SLOPE);
    everyFormulaHasTheBitsOfItsTwin(UpdateSlope.PLAIN);
  }

  private void everyFormulaHasTheBitsOfItsTwin(UpdateSlope slope) {
    for (UpdateFormula formula : UpdateFormulas.all(1)) {
      List<Work> works = new ArrayList<>();
      List<float[][]> twins = new ArrayList<>();
      for (int n : ElementwiseTest.sizes()) {
        Work work = work(formula, n);
        works.add(work);
        Place p = work.p.copy();
        Place[] states = new Place[work.states.length];
        for (int i = 0; i < states.length; i++) {
          states[i] = work.states[i].copy();
        }
        Work twin = new Work(p, work.gradients, states, n);
        for (Place g : work.gradients) {
          ScalarOptimizer.run(
              formula,
              slope,
              Operand.address(p),
              Operand.address(g),
              twin.state(0),
              twin.state(1),
              twin.state(2),
              0,
              n);
        }
        float[][] values = new float[1 + states.length][];
        values[0] = p.toArray();
        for (int i = 0; i < states.length; i++) {
          values[1 + i] = states[i].toArray();
        }
        twins.add(values);
      }
      OptimizerKernel kernel = new OptimizerKernel();
      for (int step = 0; step < 3; step++) {
        kernel.clear();
        for (Work work : works) {
          kernel.add(formula, slope, work.p, work.gradients.get(step), work.states, work.n);
        }
        kernel.run();
      }
      for (int k = 0; k < works.size(); k++) {
        Work work = works.get(k);
        String what = formula + " of " + work.n;
        assertArrayEquals(twins.get(k)[0], work.p.toArray(), what);
        for (int i = 0; i < work.states.length; i++) {
          assertArrayEquals(twins.get(k)[1 + i], work.states[i].toArray(), what + ", state " + i);
        }
      }
    }
  }

  /** Tiles and columns that are left over, beside a parameter of the usual kind. */
  @Test
  void aGradientThatIsAProductHasTheBitsOfItsElements() {
    int m = 229;
    int n = 2384;
    int k = 5;
    assumeTrue(OuterProduct.suits(m, n, k), "the block kernels are not generated here");
    int size = m * n;
    Place a = Place.random(5 * 229, random);
    Place b = Place.random(5 * 2384, random);
    Place p = Place.random(size, random);
    Place velocity = Place.random(size, random);
    Place other = Place.random(37, random);
    Place otherVelocity = Place.random(37, random);
    Place twin = p.copy();
    Place twinVelocity = velocity.copy();
    UpdateFormula formula = new GradientUpdates.Momentum(0.9f, 0.8f, 1, 0.9f, 0.1f);
    OuterProduct product = OuterProduct.of(a, b, m, n, k);
    Block elements = Pool.global().allocate(4L * size, "test");
    try {
      product.write(elements);
      ScalarOptimizer.run(
          formula,
          SLOPE,
          Operand.address(twin),
          elements.address(),
          Operand.address(twinVelocity),
          0,
          0,
          0,
          size);
      OptimizerKernel kernel = new OptimizerKernel();
      kernel.add(formula, SLOPE, p, product, new Operand[] {velocity});
      kernel.add(formula, SLOPE, other, other.copy(), new Operand[] {otherVelocity}, 37);
      float[] before = other.toArray();
      kernel.run();
      assertArrayEquals(twin.toArray(), p.toArray());
      assertArrayEquals(twinVelocity.toArray(), velocity.toArray());
      assertNotEquals(before[36], other.toArray()[36]);
    } finally {
      elements.free();
      product.factors().free();
    }
  }

  @Test
  void theNumberOfStatesIsChecked() {
    Place p = Place.floats(3);
    OptimizerKernel kernel = new OptimizerKernel();
    assertThrows(
        IllegalArgumentException.class,
        () ->
            kernel.add(
                new GradientUpdates.Momentum(1, 1, 0, 1, 1), SLOPE, p, p, new Operand[0], 3));
  }

  /**
   * Else it would become a subnormal number, which the processor multiplies slowly, and stay one.
   */
  @Test
  void whatIsRememberedDecaysToZero() {
    int n = Lanes.L + 3;
    Place p = Place.random(n, random);
    Place velocity = Place.floats(n);
    for (int i = 0; i < n; i++) {
      velocity.set(i, i % 2 == 0 ? 1 : -1);
    }
    Place g = Place.floats(n);
    for (int i = 0; i < n; i++) {
      g.set(i, 0);
    }
    OptimizerKernel kernel = new OptimizerKernel();
    for (int step = 0; step < 900; step++) {
      kernel.clear();
      UpdateFormula momentum = new GradientUpdates.Momentum(0.9f, 1, 0, 1, 0.1f);
      kernel.add(momentum, UpdateSlope.PLAIN, p, g, new Operand[] {velocity}, n);
      kernel.run();
      for (float v : velocity.toArray()) {
        assertTrue(v == 0 || Math.abs(v) >= UpdateFormula.LEAST_STATE);
      }
    }
    for (float v : velocity.toArray()) {
      assertEquals(0, v);
    }
  }
}
