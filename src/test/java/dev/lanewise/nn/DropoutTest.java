package dev.lanewise.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Scope;
import dev.lanewise.tensor.Tensor;
import java.util.Arrays;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class DropoutTest {
  private static int zeros(float[] values) {
    int zeros = 0;
    for (float value : values) {
      zeros += value == 0 ? 1 : 0;
    }
    return zeros;
  }

  @Test
  void dropsTheShareItShould() {
    try (Scope scope = Scope.open()) {
      for (float p : new float[] {0.1f, 0.5f, 0.9f}) {
        float[] y = new Dropout(p, new Generator(1)).forward(Tensor.ones(400, 1003)).toArray();
        // Five standard deviations.
        assertEquals(p, zeros(y) / (double) y.length, 5 * Math.sqrt(p * (1 - p) / y.length));
        for (float value : y) {
          assertTrue(value == 0 || value == 1 / (1 - p));
        }
      }
    }
  }

  @Test
  void neighboursAndStreamsAreIndependent() {
    try (Scope scope = Scope.open()) {
      Dropout layer = new Dropout(new Generator(2));
      float[] a = layer.forward(Tensor.ones(1 << 16)).toArray();
      float[] b = layer.forward(Tensor.ones(1 << 16)).toArray();
      assertNotEquals(Arrays.hashCode(a), Arrays.hashCode(b));
      for (int distance : new int[] {0, 1, 4, 8, 16, 64, 256, 512, 1024}) {
        int same = 0;
        for (int i = distance; i < a.length; i++) {
          same += (distance == 0 ? b : a)[i - distance] == a[i] ? 1 : 0;
        }
        assertEquals(0.5, same / (double) (a.length - distance), 0.01, "distance " + distance);
      }
    }
  }

  @Test
  void theGradientFlowsWhereTheElementsStayed() {
    try (Scope scope = Scope.open()) {
      Tensor x = Tensor.ones(777).requireGrad();
      Tensor y = new Dropout(0.4f, new Generator(3)).forward(x);
      y.sum().backward();
      assertArrayEquals(y.toArray(), Objects.requireNonNull(x.grad()).toArray());
    }
  }

  @Test
  void channelsAreDroppedAsAWhole() {
    try (Scope scope = Scope.open()) {
      float[] y =
          new Dropout2d(0.5f, new Generator(4)).forward(Tensor.ones(20, 50, 2, 3)).toArray();
      for (int i = 0; i < y.length; i++) {
        assertEquals(y[i / 6 * 6], y[i]);
      }
      assertEquals(500, zeros(y) / 6.0, 80);
      float[] sequence =
          new Dropout1d(0.5f, new Generator(4)).forward(Tensor.ones(20, 50, 3)).toArray();
      assertEquals(500, zeros(sequence) / 3.0, 80);
    }
  }

  @Test
  void nothingIsDroppedInEvaluation() {
    Dropout layer = new Dropout(new Generator(5));
    layer.train(false);
    try (Scope scope = Scope.open()) {
      Tensor x = Tensor.ones(5);
      assertSame(x, layer.forward(x));
    }
    assertThrows(IllegalArgumentException.class, () -> new Dropout(1.5f, new Generator(1)));
  }
}
