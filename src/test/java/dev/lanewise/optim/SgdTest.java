package dev.lanewise.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.tensor.Scope;
import dev.lanewise.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SgdTest {
  @Test
  void plainStep() {
    Tensor w = parameter(1, 2, 3);
    Sgd sgd = new Sgd(Map.of("w", w), 0.5f);
    step(sgd, w, 2, 0, -1);
    assertArrayEquals(new float[] {0, 2, 3.5f}, w.toArray());
    assertTrue(sgd.state().isEmpty());
  }

  @Test
  void momentumAndWeightDecayByHand() {
    Tensor w = parameter(1);
    Sgd sgd = new Sgd(Map.of("w", w), 0.1f, new Sgd.Settings(0.5f, 0.1f));
    step(sgd, w, 1); // g = 1 + 0.1 * 1 = 1.1, v = 1.1, w = 1 - 0.11
    assertArrayEquals(new float[] {0.89f}, w.toArray(), 1e-6f);
    step(sgd, w, 1); // g = 1.089, v = 0.55 + 1.089 = 1.639, w = 0.89 - 0.1639
    assertArrayEquals(new float[] {0.7261f}, w.toArray(), 1e-6f);
    assertEquals(Set.of("w.momentum_buffer"), sgd.state().keySet());
    assertArrayEquals(new float[] {1.639f}, sgd.state().get("w.momentum_buffer").toArray(), 1e-6f);
  }

  @Test
  void goesOnFromAStateWithTheSameBits() {
    Tensor w = parameter(1, -2);
    Sgd sgd = new Sgd(Map.of("w", w), 0.1f, new Sgd.Settings(0.9f, 0.01f));
    step(sgd, w, 1, 2);
    Tensor copy = Tensor.of(w.toArray(), 2).requireGrad();
    Sgd second = new Sgd(Map.of("w", copy), 0.1f, new Sgd.Settings(0.9f, 0.01f));
    second.load(sgd.state());
    step(sgd, w, 0.5f, -1);
    step(second, copy, 0.5f, -1);
    assertArrayEquals(w.toArray(), copy.toArray());
    assertEquals(
        "load: the state of the optimiser has 'v.momentum_buffer', which belongs to no parameter",
        assertThrows(
                IllegalArgumentException.class,
                () -> second.load(Map.of("v.momentum_buffer", Tensor.ones(2))))
            .getMessage());
    assertThrows(
        IllegalArgumentException.class,
        () -> second.load(Map.of("w.momentum_buffer", Tensor.ones(3))));
  }

  @Test
  void dampeningSparesTheFirstStep() {
    Tensor w = parameter(0);
    Sgd sgd = new Sgd(Map.of("w", w), 1, new Sgd.Settings(0.5f, 0.75f, 0, false));
    step(sgd, w, 1); // v = 1
    step(sgd, w, 1); // v = 0.5 + 0.25 * 1 = 0.75
    assertArrayEquals(new float[] {-1.75f}, w.toArray());
  }

  @Test
  void nesterovLooksAhead() {
    Tensor w = parameter(0);
    Sgd sgd = new Sgd(Map.of("w", w), 1, new Sgd.Settings(0.5f, 0, 0, true));
    step(sgd, w, 1); // v = 1, w -= 1 + 0.5
    step(sgd, w, 1); // v = 1.5, w -= 1 + 0.75
    assertArrayEquals(new float[] {-3.25f}, w.toArray());
  }

  /** Every count of tail lanes, and enough for several threads. */
  @Test
  void agreesWithTheFormulaAtAllSizes() {
    Random random = new Random(5);
    for (int size : new int[] {1, 2, 3, 7, 8, 15, 16, 17, 31, 33, 63, 65, 1000, 100_003}) {
      for (boolean nesterov : new boolean[] {false, true}) {
        float[] p = values(random, size);
        float[] v = new float[size];
        Tensor w = parameter(p);
        Sgd sgd = new Sgd(Map.of("w", w), 0.1f, new Sgd.Settings(0.9f, 0, 0.01f, nesterov));
        for (int step = 0; step < 3; step++) {
          float[] g = values(random, size);
          step(sgd, w, g);
          for (int i = 0; i < size; i++) {
            float d = g[i] + 0.01f * p[i];
            v[i] = step == 0 ? d : 0.9f * v[i] + d;
            p[i] -= 0.1f * (nesterov ? d + 0.9f * v[i] : v[i]);
          }
        }
        assertArrayEquals(p, w.toArray(), 2e-6f, "size " + size + ", nesterov " + nesterov);
      }
    }
  }

  @Test
  void aGradientMayLieInAnyOrder() {
    Tensor w = Tensor.zeros(2, 3).requireGrad();
    w.setGrad(Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 3, 2).transpose(0, 1));
    new Sgd(Map.of("w", w), 1).step();
    assertArrayEquals(new float[] {-1, -3, -5, -2, -4, -6}, w.toArray());
  }

  @Test
  void aMissingGradientIsNamedAndNothingMoves() {
    Map<String, Tensor> parameters = new LinkedHashMap<>();
    parameters.put("fc.weight", parameter(1));
    parameters.put("fc.bias", parameter(1));
    parameters.get("fc.weight").setGrad(Tensor.ones(1));
    Sgd sgd = new Sgd(parameters, 1);
    assertEquals(
        "step: the parameter fc.bias has no gradient; it has no part in the loss, or backward has"
            + " not run",
        assertThrows(IllegalStateException.class, sgd::step).getMessage());
    assertArrayEquals(new float[] {1}, parameters.get("fc.weight").toArray());
  }

  @Test
  void aFrozenParameterStays() {
    Tensor w = parameter(1).requireGrad(false);
    new Sgd(Map.of("w", w), 1).step();
    assertArrayEquals(new float[] {1}, w.toArray());
  }

  @Test
  void stateOutlivesTheScopeOfAStep() {
    Tensor w = parameter(0);
    Sgd sgd = new Sgd(Map.of("w", w), 1, 0.5f);
    for (int i = 0; i < 2; i++) {
      try (Scope scope = Scope.open()) {
        w.mul(1).sum().backward();
        sgd.step();
        sgd.zeroGrad();
      }
    }
    assertArrayEquals(new float[] {-2.5f}, w.toArray());
    assertFalse(sgd.state().get("w.momentum_buffer").closed());
  }

  @Test
  void aStepIsAnInPlaceChangeThatBackwardNotices() {
    Tensor w = parameter(1, 2);
    Tensor loss = w.mul(w).sum();
    w.setGrad(Tensor.ones(2));
    new Sgd(Map.of("w", w), 1).step();
    assertThrows(IllegalStateException.class, loss::backward);
  }

  @Test
  void refusesWrongSettings() {
    Map<String, Tensor> none = Map.of();
    assertThrows(IllegalArgumentException.class, () -> new Sgd(none, -1));
    assertThrows(IllegalArgumentException.class, () -> new Sgd(none, Float.NaN));
    assertThrows(IllegalArgumentException.class, () -> new Sgd(none, 1, -0.5f));
    assertThrows(IllegalArgumentException.class, () -> new Sgd.Settings(0, 0, 0, true));
    assertThrows(
        IllegalArgumentException.class, () -> new Sgd.Settings(0, Float.POSITIVE_INFINITY));
  }

  private static Tensor parameter(float... values) {
    return Tensor.of(values, values.length).requireGrad();
  }

  private static void step(Sgd sgd, Tensor parameter, float... gradient) {
    parameter.setGrad(Tensor.of(gradient, gradient.length));
    sgd.step();
    sgd.zeroGrad();
  }

  private static float[] values(Random random, int size) {
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = random.nextFloat(-1, 1);
    }
    return values;
  }
}
