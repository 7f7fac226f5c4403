package dev.lanewise.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.memory.Pool;
import dev.lanewise.tensor.Checkpointing;
import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Scope;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tape;
import dev.lanewise.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Hooks on layers see and exchange what goes in, what comes out, and the gradients of both. */
class LayerHooksTest {
  private final Generator random = new Generator(1);

  @Test
  void inputsAndOutputsCanBeExchanged() {
    Layer relu = new ReLU();
    List<String> order = new ArrayList<>();
    Runnable plusOne =
        relu.onInput((layer, x) -> {
          order.add("in");
          return x.add(1);
        });
    Runnable doubled = relu.onInput((layer, x) -> x.mul(2));
    Runnable seen = relu.onForward((layer, x, y) -> order.add("seen " + y.toArray()[0]));
    Runnable negative =
        relu.onOutput((layer, x, y) -> {
          order.add("out");
          assertEquals(8, x.item());
          return y.neg();
        });
    Tensor x = Tensor.full(3, 1);
    assertEquals(-8, relu.call(x).item());
    assertEquals(List.of("in", "seen 8.0", "out"), order);
    assertEquals(3, relu.forward(x).item(), "a direct forward has no hooks");
    assertTrue(relu.hooked());
    List.of(plusOne, doubled, seen, negative).forEach(Runnable::run);
    assertFalse(relu.hooked());
    assertEquals(3, relu.call(x).item());
  }

  /** The gradient of the input is this call's alone, also where the tensor is used elsewhere. */
  @Test
  void gradientsOfBothSides() {
    Linear linear = new Linear(3, 2, random);
    List<float[]> seen = new ArrayList<>();
    linear.onBackward((layer, dx, dy) -> {
      assertEquals(linear, layer);
      seen.add(dx.toArray());
      seen.add(dy.toArray());
      return null;
    });
    try (Scope scope = Scope.open()) {
      Tensor x = Tensor.of(new float[] {1, 2, 3}, 1, 3).requireGrad();
      Tensor weight = Tensor.of(new float[] {5, 7}, 1, 2);
      linear.call(x).mul(weight).sum().add(x.sum()).backward();
      Tensor dx = weight.matmul(linear.weight());
      assertArrayEquals(dx.toArray(), seen.get(0), 1e-6f);
      assertArrayEquals(new float[] {5, 7}, seen.get(1));
      assertArrayEquals(dx.add(1).toArray(), x.grad().toArray(), 1e-6f);
      assertEquals(2, seen.size());
    }
  }

  @Test
  void gradientsCanBeExchangedCallByCall() {
    Layer tanh = new Tanh();
    int[] calls = new int[1];
    Runnable off =
        tanh.onBackward((layer, dx, dy) -> {
          calls[0]++;
          return dx.mul(10);
        });
    try (Scope scope = Scope.open()) {
      Tensor x = Tensor.of(new float[] {0.5f}, 1).requireGrad();
      tanh.call(tanh.call(x)).backward();
      double inner = Math.tanh(0.5);
      double outer = Math.tanh(inner);
      double expected = 100 * (1 - outer * outer) * (1 - inner * inner);
      assertEquals(expected, x.grad().item(), 1e-4);
      assertEquals(2, calls[0]);
      off.run();
      x.zeroGrad();
      tanh.call(x).backward();
      assertEquals(1 - inner * inner, x.grad().item(), 1e-6);
      assertEquals(2, calls[0]);
    }
  }

  /** A first layer's input asks for no gradient; a layer may also give back what it got. */
  @Test
  void edges() {
    Linear linear = new Linear(3, 2, random);
    Layer same = new Identity();
    List<String> seen = new ArrayList<>();
    linear.onBackward((layer, dx, dy) -> {
      assertNull(dx);
      seen.add("linear " + dy.shape());
      return null;
    });
    same.onBackward((layer, dx, dy) -> {
      seen.add("same " + dx.shape());
      return null;
    });
    try (Scope scope = Scope.open()) {
      Tensor x = random.normal(Shape.of(4, 3), 0, 1);
      same.call(linear.call(x)).sum().backward();
      assertEquals(List.of("same [4, 2]", "linear [4, 2]"), seen);
      try (Tape.Pause pause = Tape.noGrad()) {
        same.call(linear.call(x));
      }
      assertEquals(2, seen.size());
    }
  }

  @Test
  void secondOrderPassesHooks() {
    Layer tanh = new Tanh();
    tanh.onBackward((layer, dx, dy) -> dx.mul(2));
    Tensor x = Tensor.of(new float[] {0.3f}, 1).requireGrad();
    Tensor first = Tape.grad(List.of(tanh.call(x)), List.of(x), true)[0];
    double y = Math.tanh(0.3);
    assertEquals(2 * (1 - y * y), first.item(), 1e-6);
    Tensor second = Tape.grad(List.of(first), List.of(x), false)[0];
    assertEquals(2 * -2 * y * (1 - y * y), second.item(), 2e-6);
  }

  @Test
  void imagesAndCheckpointsAndMemory() {
    Conv2d conv = new Conv2d(3, 16, 3, 1, 1, random);
    BatchNorm2d norm = new BatchNorm2d(16);
    int[] calls = new int[1];
    norm.onBackward((layer, dx, dy) -> {
      assertEquals(dy.shape(), dx.shape());
      calls[0]++;
      return null;
    });
    Tensor x = random.normal(Shape.of(20, 3, 6, 6), 0, 1);
    // A leak grows in every step; kernels warmed up meanwhile, and scratch of threads, do not.
    int steps = 1;
    long before = used(conv, norm, x);
    long after = used(conv, norm, x);
    for (; after > before && steps < 10; steps++) {
      before = after;
      after = used(conv, norm, x);
    }
    assertTrue(after <= before, Pool.global()::report);
    assertEquals(2 * (steps + 1), calls[0]);
  }

  /** The bytes that are in use after a step. */
  private static long used(Layer conv, BatchNorm2d norm, Tensor x) {
    try (Scope scope = Scope.open()) {
      Tensor y = conv.call(x);
      norm.call(y, y).square().mean().backwardAndClose();
      Checkpointing.run(in -> norm.call(conv.call(in)), x).square().mean().backwardAndClose();
    }
    return Pool.global().usedBytes();
  }
}
