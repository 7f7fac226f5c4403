package dev.lanewise.tensor;

import static dev.lanewise.tensor.TapeChecks.assertRefused;
import static dev.lanewise.tensor.TapeChecks.grad;
import static dev.lanewise.tensor.TapeChecks.leaf;
import static dev.lanewise.tensor.TapeChecks.variable;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.InScope;
import dev.lanewise.memory.Pool;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What is recorded, what runs backward, and what is refused. */
@ExtendWith(InScope.class)
class TapeTest {
  // ---- sums of gradients

  @Test
  void gradientsOfASharedInputAddUp() {
    Tensor x = leaf(1, 2, 3);
    Tensor y = x.mul(x).add(x).add(x.mul(5));
    y.sum().backward();
    assertArrayEquals(new float[] {8, 10, 12}, grad(x));
  }

  @Test
  void anInputUsedTwiceByOneOpGetsBothGradients() {
    Tensor x = leaf(1, 2);
    x.add(x).sum().backward();
    assertArrayEquals(new float[] {2, 2}, grad(x));
  }

  @Test
  void twoLeavesThatGetTheSameGradientDoNotShareIt() {
    for (boolean createGraph : new boolean[] {false, true}) {
      Tensor a = leaf(1, 2);
      Tensor b = leaf(3, 4);
      a.add(b).backward(Tensor.of(new float[] {5, 6}, 2), false, createGraph);
      assertNotSame(a.grad(), b.grad());
      a.zeroGrad();
      assertNull(a.grad());
      assertArrayEquals(new float[] {5, 6}, grad(b));
    }
  }

  @Test
  void theGradientThatWasHandedInStaysTheCallers() {
    Tensor x = leaf(1, 2);
    Tensor gradient = Tensor.of(new float[] {5, 6}, 2);
    x.reshape(2, 1).reshape(2).backward(gradient);
    x.zeroGrad();
    assertArrayEquals(new float[] {5, 6}, gradient.toArray());
  }

  @Test
  void twoBackwardsAccumulate() {
    Tensor x = leaf(1, 2);
    x.mul(3).sum().backward();
    x.mul(x).sum().backward();
    assertArrayEquals(new float[] {5, 7}, grad(x));
    x.zeroGrad();
    assertNull(x.grad());
    x.mul(4).sum().backward();
    assertArrayEquals(new float[] {4, 4}, grad(x));
  }

  @Test
  void aDiamondRunsEachNodeOnce() {
    List<String> order = new ArrayList<>();
    Tensor x = variable(2);
    Tensor middle = x.mul(3).onGradient(dy -> TapeChecks.note(order, "middle", dy));
    Tensor left = middle.mul(5).onGradient(dy -> TapeChecks.note(order, "left", dy));
    Tensor right = middle.mul(7).onGradient(dy -> TapeChecks.note(order, "right", dy));
    left.add(right).backward();
    assertEquals(List.of("right 1.0", "left 1.0", "middle 12.0"), order);
    assertEquals(36, grad(x)[0]);
  }

  // ---- running twice

  @Test
  void aTapeRunsOnceUnlessItIsRetained() {
    Tensor x = leaf(1, 2);
    Tensor y = x.mul(x).exp().sum();
    y.backward(null, true, false);
    y.backward();
    assertRefused(
        y::backward, IllegalStateException.class, "backward of sum", "freed", "retainGraph");
  }

  @Test
  void theMessageNamesTheOpWhoseTapeIsFreed() {
    Tensor x = leaf(1, 2);
    Tensor shared = x.sin();
    shared.sum().backward();
    assertRefused(
        () -> shared.mul(2).sum().backward(), IllegalStateException.class, "backward of sin");
  }

  @Test
  void whatWasSavedMustNotChange() {
    Tensor x = leaf(1, 2);
    Tensor y = x.sin().sum();
    x.copyFrom(new float[] {3, 4});
    assertRefused(y::backward, IllegalStateException.class, "backward of sin", "[2]", "in place");
  }

  @Test
  void aChangeThroughAViewIsNoticed() {
    Tensor x = leaf(1, 2);
    Tensor y = x.mul(x).sum();
    x.detach().copyFrom(new float[] {3, 4});
    assertRefused(y::backward, IllegalStateException.class, "backward of mul", "in place");
  }

  @Test
  void whatWasNotSavedMayChange() {
    Tensor x = leaf(1, 2);
    Tensor bias = leaf(5, 6);
    Tensor y = x.add(bias).sum();
    bias.copyFrom(new float[] {0, 0});
    y.backward();
    assertArrayEquals(new float[] {1, 1}, grad(bias));
  }

  @Test
  void whatWasSavedMustNotBeClosed() {
    Tensor x = leaf(1, 2);
    Tensor middle = x.mul(2);
    Tensor y = middle.cos().sum();
    middle.close();
    assertRefused(y::backward, IllegalStateException.class, "backward of cos", "closed");
  }

  @Test
  void aClosedTensorIsRefused() {
    Tensor x = leaf(1, 2);
    x.close();
    x.close();
    assertRefused(x::relu, IllegalStateException.class, "relu: input 0 [2] is closed");
    assertRefused(() -> leaf(1).add(x), IllegalStateException.class, "add: input 1 [2] is closed");
    assertRefused(x::toArray, IllegalStateException.class, "[2]", "is closed");
    assertTrue(x.toString().contains("closed"));
  }

  // ---- what is recorded

  @Test
  void nothingIsRecordedWithoutGradients() {
    Tensor x = leaf(1, 2);
    try (Tape.Pause pause = Tape.noGrad()) {
      assertFalse(Tape.recording());
      assertFalse(x.mul(2).requiresGrad());
    }
    assertTrue(Tape.recording());
    assertFalse(Tape.noGrad(() -> x.mul(2)).requiresGrad());
    assertTrue(x.mul(2).requiresGrad());
    assertFalse(Tensor.ones(2).mul(2).requiresGrad());
  }

  @Test
  void noGradEndsWithAnExceptionToo() {
    assertThrows(
        IllegalStateException.class,
        () ->
            Tape.noGrad(() -> {
              throw new IllegalStateException("thrown inside");
            }));
    assertTrue(Tape.recording());
    Tensor x = leaf(1, 2);
    assertThrows(IllegalArgumentException.class, () -> x.add(Tensor.zeros(3)));
    assertTrue(Tape.recording());
  }

  @Test
  void detachCutsTheTape() {
    Tensor x = leaf(1, 2);
    Tensor y = x.mul(3);
    Tensor cut = y.detach();
    assertFalse(cut.requiresGrad());
    assertTrue(cut.isLeaf());
    y.mul(cut).sum().backward();
    assertArrayEquals(new float[] {9, 18}, grad(x));
  }

  @Test
  void onlyLeavesCanBeSet() {
    Tensor y = leaf(1, 2).mul(2);
    assertFalse(y.isLeaf());
    assertRefused(y::requireGrad, IllegalStateException.class, "result of mul", "only leaves");
    assertRefused(
        () -> Tensor.ofLongs(new long[] {1}, 1).requireGrad(),
        IllegalStateException.class,
        "requireGrad",
        "INT64");
  }

  @Test
  void aFrozenLeafGetsNoGradient() {
    Tensor x = leaf(1, 2);
    Tensor frozen = leaf(3, 4).requireGrad(false);
    x.mul(frozen).sum().backward();
    assertNull(frozen.grad());
    assertArrayEquals(new float[] {3, 4}, grad(x));
  }

  @Test
  void askingForTheGradientTwiceChangesNothing() {
    Tensor x = leaf(1, 2);
    Tensor y = x.mul(x).sum();
    x.requireGrad();
    assertArrayEquals(new float[] {2, 4}, Tape.grad(List.of(y), List.of(x), false)[0].toArray());
  }

  @Test
  void backwardNeedsAScalarOrAGradientOfItsShape() {
    Tensor x = leaf(1, 2);
    assertRefused(
        () -> x.mul(2).backward(), IllegalArgumentException.class, "must be a scalar", "[2]");
    assertRefused(
        () -> x.mul(2).backward(Tensor.ones(3)), IllegalArgumentException.class, "[3]", "[2]");
    assertRefused(
        () -> Tensor.ones(1).backward(),
        IllegalStateException.class,
        "depends on nothing that requires a gradient");
  }

  // ---- depth

  @Test
  void depthIsLimitedByMemoryOnly() {
    Tensor x = variable(1);
    Tensor y = x;
    for (int i = 0; i < 100_000; i++) {
      y = y.neg();
    }
    y.backward();
    assertEquals(1, grad(x)[0]);
  }

  /** Both parts of the sum at h are the gradient that was passed in; it must not become the sum. */
  @Test
  void addingUpLeavesTheGradientOfTheCallerAlone() {
    Tensor x = Tensor.of(new float[] {1, 2}, 2).requireGrad();
    Tensor h = x.mul(3);
    Tensor seed = Tensor.of(new float[] {5, 7}, 2);
    h.add(h).add(h.mul(2)).backward(seed);
    assertArrayEquals(new float[] {5, 7}, seed.toArray());
    assertArrayEquals(new float[] {60, 84}, TapeChecks.grad(x));
  }

  /**
   * Elementwise rules write their gradient over the one they are given, if it is the tape's own.
   */
  @Test
  void gradientsInPlaceLeaveWhatOthersHoldAlone() {
    float[] values = {0.5f, -2, 1.5f, 3};
    Tensor x = Tensor.of(values, 4).requireGrad();
    Tensor seed = Tensor.of(new float[] {5, 7, 11, 13}, 4);
    Tensor h = x.mul(2);
    Tensor y = h.relu().tanh().add(h.sigmoid().relu());
    Tensor[] inputs = {x, h};
    // With a graph to create nothing is written in place.
    Tensor[] expected = Tape.grad(List.of(y), List.of(seed), List.of(inputs), true, true);
    Tensor[] found = Tape.grad(List.of(y), List.of(seed), List.of(inputs), true, false);
    for (int i = 0; i < inputs.length; i++) {
      assertArrayEquals(expected[i].toArray(), found[i].toArray(), 1e-5f);
    }
    assertArrayEquals(new float[] {5, 7, 11, 13}, seed.toArray());
  }

  @Test
  void aChainOfElementwiseRulesNeedsMemoryForOneGradient() {
    int n = 1 << 16;
    Tensor x = Tensor.zeros(n).requireGrad();
    Tensor y = x;
    for (int i = 0; i < 20; i++) {
      y = y.relu();
    }
    Tensor seed = Tensor.ones(n);
    long before = Pool.global().handedOutBytes();
    y.backward(seed);
    long gradients = Pool.global().handedOutBytes() - before;
    assertTrue(gradients < 3L * n * Float.BYTES, gradients + " bytes");
  }
}
