package dev.lanewise.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lanewise.kernel.product.OuterProduct;
import dev.lanewise.memory.Pool;
import dev.lanewise.optim.ClipGradients;
import dev.lanewise.optim.Sgd;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The gradient of a wide fully connected layer is a product until somebody reads it. */
class DeferredGradientTest {
  private static final int BATCH = 3;
  private static final int IN = 1024;
  private static final int OUT = 520;

  private final Tensor x = new Generator(1).normal(Shape.of(BATCH, IN), 0, 1);
  private final Tensor w = new Generator(2).normal(Shape.of(OUT, IN), 0, 1).requireGrad();
  private final Tensor dy = new Generator(3).normal(Shape.of(BATCH, OUT), 0, 1);

  @BeforeEach
  void onlyWhereBlocksAreGenerated() {
    assumeTrue(OuterProduct.suits(OUT, IN, BATCH));
  }

  private Tensor gradient() {
    x.linear(w, null).backward(dy);
    Tensor gradient = w.grad();
    assertNotNull(gradient);
    return gradient;
  }

  private float[] expected() {
    return dy.transpose(0, 1).matmul(x).toArray();
  }

  @Test
  void isComputedWhenItIsRead() {
    Tensor gradient = gradient();
    assertTrue(gradient.deferred());
    assertArrayEquals(expected(), gradient.toArray());
    assertFalse(gradient.deferred());
    assertArrayEquals(expected(), gradient.toArray());
  }

  @Test
  void doesNotDependOnWhatItWasComputedFrom() {
    float[] expected = expected();
    Tensor gradient;
    try (Scope scope = Scope.open()) {
      Tensor other = x.add(0);
      other.linear(w, null).backward(dy);
      InPlace.fill(other, 7);
      gradient = w.grad();
    }
    InPlace.fill(dy, 7);
    assertNotNull(gradient);
    assertTrue(gradient.deferred());
    assertArrayEquals(expected, gradient.toArray());
  }

  @Test
  void addsUp() {
    float[] once = expected();
    gradient();
    Tensor sum = gradient();
    float[] twice = sum.toArray();
    for (int i = 0; i < twice.length; i++) {
      assertEquals(2 * once[i], twice[i]);
    }
  }

  @Test
  void viewsOfItAreComputed() {
    float[] expected = expected();
    Tensor gradient = gradient();
    assertEquals(expected[IN + 2], gradient.slice(0, 1, 2).slice(1, 2, 3).item());
    assertEquals(expected[5 * IN], gradient.transpose(0, 1).slice(1, 5, 6).slice(0, 0, 1).item());
  }

  @Test
  void hooksAndHigherOrdersSeeElements() {
    float[] expected = expected();
    w.onGradient(g -> g.mul(2));
    Tensor gradient = gradient();
    assertFalse(gradient.deferred());
    assertEquals(2 * expected[9], gradient.toArray()[9]);
    Tensor recorded = Tape.grad(List.of(x.linear(w, null).mul(dy).sum()), List.of(w), true)[0];
    assertFalse(recorded.deferred());
    assertEquals(2 * expected[9], recorded.toArray()[9]);
  }

  /** The bits of the parameter are those of a step with a gradient in memory. */
  @Test
  void anOptimiserUsesItAsItIs() {
    Tensor twin = Tensor.of(w.toArray(), OUT, IN).requireGrad();
    Sgd sgd = new Sgd(Map.of("w", w), 0.1, 0.9);
    Sgd other = new Sgd(Map.of("w", twin), 0.1, 0.9);
    for (int step = 0; step < 3; step++) {
      Tensor gradient = gradient();
      twin.setGrad(Tensor.of(expected(), OUT, IN));
      sgd.step();
      other.step();
      assertTrue(gradient.deferred());
      sgd.zeroGrad();
      assertTrue(gradient.closed());
    }
    assertArrayEquals(twin.toArray(), w.toArray());
  }

  @Test
  void isClippedLikeAnyOther() {
    gradient();
    double norm = ClipGradients.byNorm(List.of(w), 1);
    assertTrue(norm > 1);
    assertEquals(1, ClipGradients.byNorm(List.of(w), 1), 1e-4);
  }

  @Test
  void leavesNothingBehind() {
    gradient();
    w.zeroGrad();
    long before = Pool.global().usedBytes();
    for (int i = 0; i < 3; i++) {
      try (Scope scope = Scope.open()) {
        Tensor gradient = gradient();
        if (i == 1) {
          gradient.toArray();
        }
      }
      w.zeroGrad();
    }
    // The collector may give back meanwhile what other tests have left.
    assertTrue(Pool.global().usedBytes() <= before, () -> Pool.global().report());
  }

  @Test
  void aClosedOneSaysSo() {
    Tensor gradient = gradient();
    w.zeroGrad();
    String message = assertThrows(IllegalStateException.class, gradient::toArray).getMessage();
    assertTrue(message.contains("closed"), message);
    assertThrows(IllegalStateException.class, gradient::deferred);
  }
}
