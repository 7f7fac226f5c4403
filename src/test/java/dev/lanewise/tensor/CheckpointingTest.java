package dev.lanewise.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.memory.Pool;
import dev.lanewise.nn.BatchNorm2d;
import dev.lanewise.nn.Conv2d;
import dev.lanewise.nn.Dropout;
import dev.lanewise.nn.Flatten;
import dev.lanewise.nn.Layer;
import dev.lanewise.nn.Linear;
import dev.lanewise.nn.ReLU;
import dev.lanewise.nn.Sequential;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Checkpointed functions compute what they compute without, and hold less meanwhile. */
class CheckpointingTest {
  private static Layer network(Generator random) {
    return new Sequential()
        .add("conv", new Conv2d(3, 8, 3, 1, 1, random))
        .add("norm", new BatchNorm2d(8))
        .add("relu", new ReLU())
        .add("drop", new Dropout(0.3f, random))
        .add("conv2", new Conv2d(8, 4, 3, 1, 0, random))
        .add("relu2", new ReLU())
        .add("flatten", new Flatten())
        .add("fc", new Linear(4 * 6 * 6, 5, random));
  }

  /** The gradients, and all else that a step leaves behind. */
  private static Map<String, float[]> step(boolean checkpoint, boolean close) {
    Generator random = new Generator(3);
    Layer network = network(random);
    Map<String, float[]> found = new LinkedHashMap<>();
    try (Scope scope = Scope.open()) {
      Tensor x = random.normal(Shape.of(5, 3, 8, 8), 0, 1).requireGrad();
      Tensor labels = Tensor.ofLongs(new long[] {0, 1, 2, 3, 4}, 5);
      for (int i = 0; i < 2; i++) {
        Tensor inner = x.mul(2);
        Tensor y = checkpoint ? Checkpointing.run(network::call, inner) : network.call(inner);
        Tensor loss = y.crossEntropy(labels);
        found.put("loss " + i, loss.toArray());
        if (close) {
          loss.backwardAndClose();
        } else {
          loss.backward();
        }
        found.put("random " + i, random.uniformValues(3, 0, 1));
      }
      found.put("x", x.grad().toArray());
      network.parameters().forEach((name, p) -> found.put(name, p.grad().toArray()));
      network
          .buffers()
          .forEach((name, b) -> {
            found.put(
                name, b.dtype() == DType.FLOAT32 ? b.toArray() : new float[] {b.toLongArray()[0]});
          });
    }
    return found;
  }

  private static void assertSame(Map<String, float[]> expected, Map<String, float[]> found) {
    assertEquals(expected.keySet(), found.keySet());
    expected.forEach((name, values) -> assertArrayEquals(values, found.get(name), 0, name));
  }

  /** Dropout drops the same, batch normalisation counts once. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theSameBits(boolean close) {
    Map<String, float[]> expected = step(false, close);
    assertEquals(2, expected.get("norm.num_batches_tracked")[0]);
    assertSame(expected, step(true, close));
  }

  private static float[] chain(int depth, UnaryOperator<Tensor> block, long[] held, long[] most) {
    Pool pool = Pool.global();
    long before = pool.usedBytes();
    float[] gradient;
    try (Scope scope = Scope.open()) {
      Tensor x = Tensor.full(0.5f, 1000, 100).requireGrad();
      Tensor y = x;
      for (int i = 0; i < depth; i++) {
        y = block.apply(y);
      }
      Tensor loss = y.mean();
      held[0] = pool.usedBytes() - before;
      pool.resetPeak();
      loss.backward();
      most[0] = pool.peakBytes() - before;
      gradient = x.grad().toArray();
      x.zeroGrad();
      y.close();
      long left = pool.usedBytes() - before;
      assertTrue(left <= held[0], "after backward there is more than before: " + left);
    }
    // The cleaner may free what earlier tests left behind meanwhile, hence not "equal".
    assertTrue(pool.usedBytes() <= before, "something stays behind");
    return gradient;
  }

  @Test
  void memoryFalls() {
    int bytes = 1000 * 100 * Float.BYTES;
    int depth = 8;
    UnaryOperator<Tensor> block = x -> x.sin().mul(x).tanh().square().add(x).sigmoid();
    long[] held = new long[1];
    long[] most = new long[1];
    float[] expected = chain(depth, block, held, most);
    assertTrue(held[0] >= (6L * depth + 1) * bytes, "without: " + held[0]);
    long[] heldThen = new long[1];
    long[] mostThen = new long[1];
    float[] found = chain(depth, x -> Checkpointing.run(block, x), heldThen, mostThen);
    assertArrayEquals(expected, found, 0);
    assertTrue(heldThen[0] < (depth + 2L) * bytes * 1.1, "with: " + heldThen[0]);
    // The inputs of all, one block, and some gradients.
    assertTrue(mostThen[0] < (depth + 6 + 6L) * bytes * 1.1, "in backward: " + mostThen[0]);
    assertTrue(mostThen[0] < most[0] / 2, mostThen[0] + " and " + most[0]);
  }

  @Test
  void checkpointsInsideOthers() {
    UnaryOperator<Tensor> block = x -> x.sin().mul(x).tanh();
    UnaryOperator<Tensor> inner = x -> Checkpointing.run(block, x.mul(1.5f).exp().log()).square();
    UnaryOperator<Tensor> outer = x -> Checkpointing.run(y -> inner.apply(inner.apply(y)), x.cos());
    UnaryOperator<Tensor> plain = x -> block.apply(x.mul(1.5f).exp().log()).square();
    float[] expected = chain(3, x -> plain.apply(plain.apply(x.cos())), new long[1], new long[1]);
    float[] found = chain(3, outer, new long[1], new long[1]);
    assertArrayEquals(expected, found, 0);
    float[] innermost = chain(3, x -> Checkpointing.run(outer, x), new long[1], new long[1]);
    assertArrayEquals(expected, innermost, 0);
  }

  @Test
  void oneComputationMoreAndOnlyWhereBackwardComes() {
    List<Tensor> seen = new ArrayList<>();
    try (Scope scope = Scope.open()) {
      Tensor x = Tensor.of(new float[] {1, 2}, 2).requireGrad();
      UnaryOperator<Tensor> function =
          v -> {
            seen.add(v);
            return v.sin().mul(v);
          };
      Tensor y = Checkpointing.run(function, x);
      assertEquals(1, seen.size());
      y.sum().backward();
      assertEquals(2, seen.size());
      assertFalse(Checkpointing.replaying());
      try (Tape.Pause pause = Tape.noGrad()) {
        Checkpointing.run(function, x);
      }
      assertEquals(3, seen.size());
    }
  }

  @Test
  void gradientsOfBothOrders() {
    GradientCheck.Case function =
        in -> {
          Tensor w = in.get(1);
          return Checkpointing.run(x -> x.matmul(w).tanh().mul(x.sin()), in.get(0)).square();
        };
    List<float[]> values = List.of(values(6, 1), values(9, 2));
    List<Shape> shapes = List.of(Shape.of(2, 3), Shape.of(3, 3));
    GradientCheck.standard().first("checkpoint", function, values, shapes);
    GradientCheck.standard().second("checkpoint", function, values, shapes);
  }

  private static float[] values(int count, long seed) {
    return new Generator(seed).normalValues(count, 0, 0.7f);
  }

  @Test
  void theSecondDerivativeIsTheSameToTheBit() {
    try (Scope scope = Scope.open()) {
      Tensor v = Tensor.of(values(4, 5), 4);
      Tensor x = Tensor.of(values(4, 6), 4);
      UnaryOperator<Tensor> function = t -> t.sin().mul(t.exp()).tanh().mul(t);
      Tensor expected = Derivatives.hessianVector(t -> function.apply(t).sum(), x, v);
      Tensor found = Derivatives.hessianVector(t -> Checkpointing.run(function, t).sum(), x, v);
      assertArrayEquals(expected.toArray(), found.toArray(), 0);
    }
  }

  /** What was computed again may go with a scope inside, and is then computed a third time. */
  @Test
  void aTapeThatIsKeptRunsAgain() {
    int[] calls = new int[1];
    try (Scope scope = Scope.open()) {
      Tensor x = Tensor.of(values(4, 7), 4).requireGrad();
      Tensor y =
          Checkpointing.run(
              t -> {
                calls[0]++;
                return t.sin().mul(t).exp();
              },
              x);
      Tensor loss = y.sum();
      float[] once;
      try (Scope inner = Scope.open()) {
        loss.backward(null, true, false);
        once = x.grad().toArray();
      }
      x.zeroGrad();
      loss.backward(null, true, false);
      assertArrayEquals(once, x.grad().toArray(), 0);
      assertEquals(3, calls[0]);
      x.zeroGrad();
      loss.backward();
      assertArrayEquals(once, x.grad().toArray(), 0);
      assertEquals(3, calls[0]);
      assertThrows(IllegalStateException.class, () -> loss.backward());
    }
  }

  @Test
  void gradOfAParameterInside() {
    Tensor w = Tensor.of(values(4, 8), 2, 2).requireGrad();
    Tensor x = Tensor.of(values(6, 9), 3, 2); // asks for no gradient
    Tensor plain = x.matmul(w).tanh().square().sum();
    Tensor again = Checkpointing.run(t -> t.matmul(w).tanh().square(), x).sum();
    Tensor expected = Tape.grad(List.of(plain), List.of(w), false)[0];
    Tensor found = Tape.grad(List.of(again), List.of(w), false)[0];
    assertArrayEquals(expected.toArray(), found.toArray(), 0);
  }

  @Test
  void severalInputsAndResults() {
    try (Scope scope = Scope.open()) {
      Tensor a = Tensor.of(values(3, 1), 3).requireGrad();
      Tensor b = Tensor.of(values(3, 2), 3).requireGrad();
      Tensor c = Tensor.of(values(3, 3), 3);
      List<Tensor> results =
          Checkpointing.run(
              in -> {
                Tensor product = in.get(0).mul(in.get(1)).exp();
                return List.of(product.mul(in.get(2)), product.sin().reshape(3, 1), in.get(1));
              },
              List.of(a, b, c));
      assertEquals(b, results.get(2));
      results.get(0).add(results.get(1).reshape(3)).add(results.get(2)).sum().backward();
      float[] da = a.grad().toArray();
      float[] db = b.grad().toArray();
      a.zeroGrad();
      b.zeroGrad();
      Tensor product = a.mul(b).exp();
      product.mul(c).add(product.sin()).add(b).sum().backward();
      assertArrayEquals(a.grad().toArray(), da, 1e-6f);
      assertArrayEquals(b.grad().toArray(), db, 1e-6f);
    }
  }

  @Test
  void saysWhenTheSecondComputationIsAnother() {
    int[] calls = new int[1];
    try (Scope scope = Scope.open()) {
      Tensor x = Tensor.of(values(3, 1), 3).requireGrad();
      Tensor y = Checkpointing.run(t -> calls[0]++ == 0 ? t.sin().mul(t) : t.cos().mul(t), x);
      String message =
          assertThrows(IllegalStateException.class, () -> y.sum().backward()).getMessage();
      assertEquals(
          "checkpoint: computed again for backward, the function did cos as operation 0, expected"
              + " sin as the first time; it must compute the same",
          message);
      calls[0] = 0;
      Tensor z = Checkpointing.run(t -> calls[0]++ == 0 ? t.sin().mul(t) : t.sin(), x);
      String shorter =
          assertThrows(IllegalStateException.class, () -> z.sum().backward()).getMessage();
      assertTrue(shorter.contains("did 1 operations, expected 2"), shorter);
    }
  }

  @Test
  void saysWhenAnInputWasChanged() {
    try (Scope scope = Scope.open()) {
      Tensor x = Tensor.of(values(3, 1), 3).requireGrad();
      Tensor inner = x.mul(2);
      Tensor y = Checkpointing.run(t -> t.sin().mul(t).exp(), inner);
      inner.copyFrom(new float[3]);
      String message =
          assertThrows(IllegalStateException.class, () -> y.sum().backward()).getMessage();
      assertTrue(message.contains("changed in place"), message);
    }
  }
}
