package dev.lanewise.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.memory.Pool;
import dev.lanewise.model.Models;
import dev.lanewise.nn.Layer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Backward that gives the memory of a step back while it runs. */
class BackwardAndCloseTest {
  /** Straight on, with residual sums, and with attention and views. */
  @ParameterizedTest
  @CsvSource({"lenet5, 1, 28", "resnet18-cifar, 3, 32", "vit-tiny, 3, 32"})
  void theGradientsAreTheSame(String model, int channels, int size) {
    Layer network = Models.create(model, new Generator(1)).network();
    Tensor x = new Generator(2).normal(Shape.of(3, channels, size, size), 0, 1);
    Tensor labels = Tensor.ofLongs(new long[] {1, 7, 3}, 3);
    List<float[]> expected = gradients(network, x, labels, Tensor::backward);
    List<float[]> found = gradients(network, x, labels, Tensor::backwardAndClose);
    assertEquals(expected.size(), found.size());
    for (int i = 0; i < expected.size(); i++) {
      assertArrayEquals(expected.get(i), found.get(i));
    }
  }

  private static List<float[]> gradients(
      Layer network, Tensor x, Tensor labels, Consumer<Tensor> backward) {
    List<float[]> all = new ArrayList<>();
    try (Scope scope = Scope.open()) {
      backward.accept(network.call(x).crossEntropy(labels));
      for (Map.Entry<String, Tensor> parameter : network.parameters().entrySet()) {
        Tensor gradient = parameter.getValue().grad();
        assertTrue(gradient != null, parameter.getKey());
        all.add(gradient.toArray());
        parameter.getValue().zeroGrad();
      }
    }
    return all;
  }

  /** While the gradient of a result is worked on, what came after that result is closed. */
  @Test
  void resultsAreClosedAsBackwardPassesThem() {
    Tensor x = Tensor.of(new float[] {1, 2, 3}, 3).requireGrad();
    try (Scope scope = Scope.open()) {
      Tensor[] results = new Tensor[4];
      List<String> seen = new ArrayList<>();
      Tensor y = x;
      for (int i = 0; i < results.length; i++) {
        y = y.sin();
        results[i] = y;
        y.onGradient(dy -> {
          seen.add(open(results));
          return dy;
        });
      }
      y.sum().backwardAndClose();
      assertEquals(List.of("oooo", "ooo-", "oo--", "o---"), seen);
      assertEquals("----", open(results));
    }
  }

  private static String open(Tensor[] tensors) {
    StringBuilder all = new StringBuilder();
    for (Tensor tensor : tensors) {
      all.append(tensor.closed() ? '-' : 'o');
    }
    return all.toString();
  }

  @Test
  void whatIsKeptOrDetachedStaysOpen() {
    Tensor x = Tensor.of(new float[] {1, 2, 3, 4}, 4).requireGrad();
    try (Scope outer = Scope.open()) {
      Tensor kept;
      try (Scope inner = Scope.open()) {
        Tensor passed = x.exp();
        Tensor viewed = passed.mul(2);
        Tensor view = viewed.reshape(2, 2);
        Tensor detached = viewed.detach();
        kept = inner.keep(view.square());
        kept.sum().backwardAndClose();
        assertThrows(IllegalStateException.class, passed::toArray);
        assertTrue(view.closed());
        assertFalse(detached.closed());
        assertEquals(4, detached.toArray().length);
      }
      assertEquals(4, kept.toArray().length);
    }
  }

  /** Whatever views lie between: reshaped rows, heads, transposed factors. */
  @ParameterizedTest
  @CsvSource({"lenet5, 1, 28", "resnet18-cifar, 3, 32", "vit-tiny, 3, 32"})
  void onlyGradientsAreLeft(String model, int channels, int size) {
    Layer network = Models.create(model, new Generator(1)).network();
    Tensor x = new Generator(2).normal(Shape.of(16, channels, size, size), 0, 1);
    Tensor labels = Tensor.ofLongs(new long[16], 16);
    try (Scope scope = Scope.open()) {
      long before = Pool.global().usedBytes();
      Tensor loss = network.call(x).crossEntropy(labels);
      long forward = Pool.global().usedBytes() - before;
      loss.backwardAndClose();
      long left = Pool.global().usedBytes() - before;
      long gradients = network.parameterCount() * Float.BYTES;
      // Memory comes in sizes up to a quarter larger, and copies of weights stay for the next step.
      long most = 2 * gradients + gradients / 2 + forward / 20;
      assertTrue(left <= most, left + " bytes of " + forward + " are left");
    }
  }
}
