package dev.lanewise.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.op.CustomOp;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** What is recorded, what runs backward, and what is refused. */
class TapeTest {
  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  private static Tensor leaf(float... values) {
    return Tensor.of(values, values.length).requireGrad();
  }

  private static Tensor variable(float value) {
    return Tensor.scalar(value).requireGrad();
  }

  private static float[] grad(Tensor leaf) {
    Tensor grad = leaf.grad();
    assertNotNull(grad, "no gradient arrived");
    return grad.toArray();
  }

  private static void assertRefused(
      Executable call, Class<? extends Exception> type, String... parts) {
    String message = assertThrows(type, call).getMessage();
    for (String part : parts) {
      assertTrue(message.contains(part), () -> "'" + part + "' is missing in: " + message);
    }
  }

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
    Tensor middle = x.mul(3).onGradient(dy -> note(order, "middle", dy));
    Tensor left = middle.mul(5).onGradient(dy -> note(order, "left", dy));
    Tensor right = middle.mul(7).onGradient(dy -> note(order, "right", dy));
    left.add(right).backward();
    assertEquals(List.of("right 1.0", "left 1.0", "middle 12.0"), order);
    assertEquals(36, grad(x)[0]);
  }

  private static Tensor note(List<String> order, String name, Tensor dy) {
    order.add(name + " " + dy.item());
    return dy;
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

  // ---- hooks

  @Test
  void aHookOnALeafReplacesWhatIsCollected() {
    Tensor x = leaf(1, 2).onGradient(dy -> dy.mul(10));
    x.mul(x).sum().backward();
    assertArrayEquals(new float[] {20, 40}, grad(x));
  }

  @Test
  void aHookOnAnInnerTensorSeesTheWholeGradientAndReplacesIt() {
    List<float[]> seen = new ArrayList<>();
    Tensor x = leaf(1, 2);
    Tensor y = x.mul(3);
    y.onGradient(dy -> {
      seen.add(dy.toArray());
      return dy.neg();
    });
    y.add(y.mul(4)).sum().backward();
    assertEquals(1, seen.size());
    assertArrayEquals(new float[] {5, 5}, seen.getFirst());
    assertArrayEquals(new float[] {-15, -15}, grad(x));
  }

  @Test
  void hooksRunInTheOrderOfTheirRegistration() {
    Tensor x = variable(1).onGradient(dy -> dy.add(1)).onGradient(dy -> dy.mul(2));
    x.mul(3).backward();
    assertEquals(8, grad(x)[0]);
    assertRefused(
        () -> Tensor.ones(1).onGradient(dy -> dy),
        IllegalStateException.class,
        "requires no gradient");
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

  // ---- higher order

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

  // ---- an op of the user

  /** y = x wᵀ + b, as a user writes it. */
  private record UserLinear() implements CustomOp {
    @Override
    public Shape shape(Shape... inputs) {
      if (inputs[0].dim(1) != inputs[1].dim(1)) {
        throw new IllegalArgumentException("userLinear: " + inputs[0] + " and " + inputs[1]);
      }
      return Shape.of(inputs[0].dim(0), inputs[1].dim(0));
    }

    @Override
    public Tensor forward(Node node, Shape shape, Tensor... inputs) {
      node.save(inputs[0], inputs[1]);
      return inputs[0].matmul(inputs[1].transpose(0, 1)).add(inputs[2]);
    }

    @Override
    public Tensor[] backward(Node node, Tensor dy) {
      return new Tensor[] {
        dy.matmul(node.saved(1)), dy.transpose(0, 1).matmul(node.saved(0)), dy.sum(0)
      };
    }
  }

  @Test
  void anOpOfTheUserIsDifferentiatedAsAnyOther() {
    GradientCheck.Case function =
        inputs -> Tensor.apply(new UserLinear(), inputs.toArray(new Tensor[0])).tanh();
    List<Shape> shapes = List.of(Shape.of(3, 4), Shape.of(2, 4), Shape.of(2));
    List<float[]> values = new ArrayList<>();
    Generator random = new Generator(5);
    for (Shape shape : shapes) {
      values.add(random.normalValues(shape.size(), 0, 1));
    }
    GradientCheck.standard().first("userLinear", function, values, shapes);
    GradientCheck.standard().second("userLinear", function, values, shapes);
    assertEquals("userLinear", new UserLinear().name());
  }

  @Test
  void anOpOfTheUserMayReturnWhatItSaved() {
    // y = Σ c x with y as the loss: dy is 1.
    record WeightedSum(Tensor weights) implements CustomOp {
      @Override
      public Shape shape(Shape... inputs) {
        return Shape.SCALAR;
      }

      @Override
      public Tensor forward(Node node, Shape shape, Tensor... inputs) {
        return inputs[0].mul(weights).sum();
      }

      @Override
      public Tensor[] backward(Node node, Tensor dy) {
        return new Tensor[] {weights};
      }
    }
    Tensor weights = Tensor.of(new float[] {5, 6}, 2);
    Tensor x = leaf(1, 2);
    Tensor.apply(new WeightedSum(weights), x.mul(1)).backward();
    Tensor.apply(new WeightedSum(weights), x).backward();
    assertArrayEquals(new float[] {10, 12}, grad(x));
    x.zeroGrad();
    assertArrayEquals(new float[] {5, 6}, weights.toArray());
  }

  @Test
  void anOpOfTheUserMayReturnItsInput() {
    record Same() implements CustomOp {
      @Override
      public Shape shape(Shape... inputs) {
        return inputs[0];
      }

      @Override
      public Tensor forward(Node node, Shape shape, Tensor... inputs) {
        return inputs[0];
      }

      @Override
      public Tensor[] backward(Node node, Tensor dy) {
        return new Tensor[] {dy};
      }
    }
    Tensor x = leaf(1, 2);
    Tensor.apply(new Same(), Tensor.apply(new Same(), x)).mul(3).sum().backward();
    assertArrayEquals(new float[] {3, 3}, grad(x));
  }
}
