package dev.lanewise.tensor;

import static dev.lanewise.tensor.TapeChecks.assertRefused;
import static dev.lanewise.tensor.TapeChecks.grad;
import static dev.lanewise.tensor.TapeChecks.leaf;
import static dev.lanewise.tensor.TapeChecks.variable;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.InScope;
import dev.lanewise.op.CustomOp;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Gradients asked for without touching leaves, and gradients of gradients. */
@ExtendWith(InScope.class)
class HigherOrderTest {
  @Test
  void derivativesOfACube() {
    Tensor x = variable(2);
    Tensor y = x.mul(x).mul(x);
    Tensor first = Tape.grad(List.of(y), List.of(x), true)[0];
    assertEquals(12, first.item());
    Tensor second = Tape.grad(List.of(first), List.of(x), true)[0];
    assertEquals(12, second.item());
    Tensor third = Tape.grad(List.of(second), List.of(x), false)[0];
    assertEquals(6, third.item());
    assertNull(x.grad(), "Tape.grad leaves the leaves alone");
  }

  @Test
  void backwardThatIsRecordedCanBeDifferentiated() {
    Tensor x = variable(2);
    x.pow(3).backward(null, false, true);
    Tensor gradient = x.grad();
    assertNotNull(gradient);
    assertEquals(12, gradient.item());
    assertTrue(gradient.requiresGrad());
    assertEquals(12, Tape.grad(List.of(gradient), List.of(x), false)[0].item(), 1e-4f);
  }

  @Test
  void aGradientPenaltyTrains() {
    // d/dw of (d/dx (w x²))² = d/dw (2 w x)² = 8 w x²
    Tensor x = variable(3);
    Tensor w = variable(0.5f);
    Tensor slope = Tape.grad(List.of(w.mul(x.mul(x))), List.of(x), true)[0];
    slope.mul(slope).backward();
    assertEquals(36, grad(w)[0], 1e-4f);
  }

  @Test
  void gradientsOfSeveralOutputsAndInnerTensors() {
    Tensor x = leaf(1, 2);
    Tensor y = x.mul(3);
    Tensor a = y.sum();
    Tensor b = y.mul(y);
    Tensor[] gradients =
        Tape.grad(
            List.of(a, b),
            List.of(Tensor.scalar(1), Tensor.of(new float[] {1, 0}, 2)),
            List.of(y, x),
            false,
            false);
    assertArrayEquals(new float[] {7, 1}, gradients[0].toArray());
    assertArrayEquals(new float[] {21, 3}, gradients[1].toArray());
  }

  @Test
  void gradRefusesInputsWithoutAPart() {
    Tensor x = variable(1);
    Tensor other = leaf(1, 2, 3);
    assertRefused(
        () -> Tape.grad(List.of(x.mul(2)), List.of(x, other), false),
        IllegalArgumentException.class,
        "input 1 [3] has no part in the outputs");
    assertRefused(
        () -> Tape.grad(List.of(x.mul(2)), List.of(Tensor.ones(4)), false),
        IllegalArgumentException.class,
        "input 0 [4] does not require a gradient");
    assertRefused(
        () -> Tape.grad(List.of(x.mul(2)), List.of(x, x), false),
        IllegalArgumentException.class,
        "input 1 is listed twice");
  }

  @Test
  void inputsWithoutAPartMayBeAllowed() {
    Tensor x = variable(3);
    Tensor other = leaf(1, 2, 3);
    Tensor[] gradients =
        Tape.gradAllowUnused(List.of(x.mul(x)), null, List.of(other, x), false, false);
    assertNull(gradients[0]);
    assertEquals(6, gradients[1].item());
  }

  @Test
  void onlyWhatLiesBetweenRunsAndIsFreed() {
    List<String> ran = new ArrayList<>();
    Tensor x = variable(2);
    Tensor w = variable(5).onGradient(dy -> TapeChecks.note(ran, "w", dy));
    Tensor inner = x.mul(x);
    Tensor y = inner.mul(w).sin();
    Tensor slope = Tape.grad(List.of(y), List.of(inner), false)[0];
    assertEquals(5 * Math.cos(20), slope.item(), 1e-5);
    assertEquals(List.of(), ran, "the gradient of w was not asked for");
    inner.backward();
    assertEquals(4, grad(x)[0], "the tape below was not touched");
    assertRefused(y::backward, IllegalStateException.class, "backward of sin", "freed");
  }

  /** A gradient that leads nowhere is not computed: it would be a whole matrix product. */
  @Test
  void gradientsThatLeadNowhereAreNotComputed() {
    record Counting(List<Integer> computed) implements CustomOp {
      @Override
      public Shape shape(Shape... inputs) {
        return inputs[0];
      }

      @Override
      public Tensor forward(Node node, Shape shape, Tensor... inputs) {
        return inputs[0].add(inputs[1]);
      }

      @Override
      public Tensor[] backward(Node node, Tensor dy) {
        for (int i = 0; i < node.inputs(); i++) {
          if (node.needs(i)) {
            computed.add(i);
          }
        }
        return new Tensor[] {dy, dy};
      }
    }
    List<Integer> computed = new ArrayList<>();
    Tensor a = variable(1);
    Tensor b = variable(2);
    Tensor y = Tensor.apply(new Counting(computed), a, b.mul(3));
    assertEquals(1, Tape.grad(List.of(y), null, List.of(a), true, false)[0].item());
    assertEquals(List.of(0), computed);
    assertEquals(3, Tape.grad(List.of(y), null, List.of(b), true, false)[0].item());
    assertEquals(List.of(0, 1), computed);
    y.backward();
    assertEquals(List.of(0, 1, 0, 1), computed);
  }

  @Test
  void severalOutputsRunBackwardAtOnce() {
    Tensor x = leaf(1, 2);
    Tensor shared = x.exp();
    Tape.backward(
        List.of(shared.sum(), shared.mul(2)),
        List.of(Tensor.scalar(1), Tensor.of(new float[] {1, 0}, 2)),
        false,
        false);
    assertArrayEquals(new float[] {3 * (float) Math.E, (float) Math.exp(2)}, grad(x), 1e-5f);
    assertRefused(
        () -> Tape.backward(List.of(x.sum()), List.of(), false, false),
        IllegalArgumentException.class,
        "1 outputs and 0 gradients");
    assertRefused(
        () -> Tape.backward(List.of(), null, false, false),
        IllegalArgumentException.class,
        "at least one output");
  }

  /** Backward is linear in the gradient of the output, and can be differentiated by it. */
  @Test
  void aGradientCanBeDifferentiatedByTheGradientOfTheOutput() {
    Tensor x = leaf(1, 2);
    Tensor v = leaf(1, 1);
    Tensor product = Tape.grad(List.of(x.mul(x)), List.of(v), List.of(x), true, true)[0]; // 2 x v
    assertArrayEquals(
        new float[] {2, 4}, Tape.grad(List.of(product.sum()), List.of(v), false)[0].toArray());
  }
}
