package dev.lanewise.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class LbfgsTest {
  private static Tensor parameter(float... values) {
    return Tensor.of(values, values.length).requireGrad();
  }

  private static Supplier<Tensor> closure(Lbfgs lbfgs, Supplier<Tensor> loss) {
    return () -> {
      lbfgs.zeroGrad();
      Tensor value = loss.get();
      value.backward();
      return value;
    };
  }

  /** (1 - x)² + 100 (y - x²)², the valley of Rosenbrock, least at (1, 1). */
  private static Tensor valley(Tensor p) {
    Tensor x = p.select(0, 0);
    Tensor y = p.select(0, 1);
    return x.sub(1).square().add(y.sub(x.square()).square().mul(100));
  }

  /** x² / 2 from 3: the first move is lr min(1, 1/3) of the slope 3, the second Newton's. */
  @Test
  void twoIterationsByHand() {
    Tensor x = parameter(3);
    Lbfgs lbfgs = new Lbfgs(Map.of("x", x), Options.of("lr", 0.5).with("maxIter", 1));
    Supplier<Tensor> closure = closure(lbfgs, () -> x.square().sum().mul(0.5f));
    assertEquals(4.5, lbfgs.step(closure), 1e-6);
    assertEquals(2.5f, x.item(), 1e-6f);
    assertEquals(3.125, lbfgs.step(closure), 1e-6);
    assertEquals(1.25f, x.item(), 1e-6f, "half of Newton's step to 0");
  }

  @Test
  void searchesAlongAValley() {
    Tensor p = parameter(-1.2f, 1);
    Lbfgs lbfgs = new Lbfgs(Map.of("p", p), Options.of("maxIter", 100).with("strongWolfe", true));
    assertEquals(24.2, lbfgs.step(closure(lbfgs, () -> valley(p))), 1e-4);
    assertArrayEquals(new float[] {1, 1}, p.toArray(), 1e-3f);
  }

  /** A search ends where the loss has fallen enough and the slope is flat enough. */
  @Test
  void stepsSatisfyTheWolfeConditions() {
    Function<Double, Double> f = t -> t * t * t * t - 2 * t * t - t;
    Function<Double, Double> slope = t -> 4 * t * t * t - 4 * t - 1;
    LineSearch.Point start = new LineSearch.Point(0, 0, Tensor.zeros(1), -1);
    for (double first : new double[] {1e-3, 0.1, 1, 2, 50}) {
      LineSearch search =
          new LineSearch(
              start,
              t -> new LineSearch.Point(t, f.apply(t), Tensor.zeros(1), slope.apply(t)),
              1e-9);
      LineSearch.Point found = search.from(first);
      assertTrue(found.t() > 0 && found.loss() <= -1e-4 * found.t(), "falls from " + first);
      assertTrue(Math.abs(found.slope()) <= 0.9, "flat from " + first);
      assertTrue(search.evaluations() <= 26);
    }
  }

  @Test
  void goesOnFromItsStateWithTheSameBits() {
    Map<String, Tensor> first = new LinkedHashMap<>();
    first.put("a", parameter(1, -2, 0.5f));
    first.put("b", parameter(0.3f));
    Options options = Options.of("maxIter", 2).with("historySize", 3);
    Lbfgs one = new Lbfgs(first, options);
    Supplier<Tensor> loss = closure(one, () -> loss(first));
    for (int i = 0; i < 3; i++) {
      one.step(loss);
    }
    Map<String, Tensor> second = new LinkedHashMap<>();
    first.forEach((name, p) -> second.put(name, parameter(p.toArray())));
    Lbfgs other = new Lbfgs(second, options);
    other.load(one.state());
    assertEquals(one.step(loss), other.step(closure(other, () -> loss(second))));
    first.forEach((name, p) -> assertArrayEquals(p.toArray(), second.get(name).toArray()));
    assertThrows(
        IllegalArgumentException.class, () -> other.load(Map.of("last_gradient", Tensor.zeros(3))));
  }

  private static Tensor loss(Map<String, Tensor> p) {
    return p.get("a").square().mul(p.get("a").square().add(1)).sum().add(p.get("b").cosh().sum());
  }

  @Test
  void frozenParametersStayAndAMissingGradientIsNamed() {
    Tensor x = parameter(2);
    Tensor frozen = Tensor.of(new float[] {5}, 1);
    Lbfgs lbfgs = new Lbfgs(Map.of("x", x, "frozen", frozen));
    lbfgs.step(closure(lbfgs, () -> x.mul(frozen).square().sum()));
    assertEquals(5, frozen.item());
    assertEquals(0, x.item(), 1e-3);
    Tensor apart = parameter(1);
    Lbfgs two = new Lbfgs(Map.of("apart", apart));
    String message =
        assertThrows(
                IllegalStateException.class, () -> two.step(closure(two, () -> x.square().sum())))
            .getMessage();
    assertTrue(message.contains("the parameter apart has no gradient"), message);
    assertThrows(
        IllegalArgumentException.class, () -> new Lbfgs(Map.of(), Options.of("momentum", 1)));
  }
}
