package dev.lanewise.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Scope;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NormalizationTest {
  /** Normalises runs of {@code n} values in float64. */
  private static float[] expected(float[] x, int n, boolean centred, double eps) {
    float[] y = new float[x.length];
    for (int start = 0; start < x.length; start += n) {
      double mean = 0;
      for (int i = start; i < start + n; i++) {
        mean += centred ? x[i] / (double) n : 0;
      }
      double square = 0;
      for (int i = start; i < start + n; i++) {
        square += (x[i] - mean) * (x[i] - mean) / n;
      }
      for (int i = start; i < start + n; i++) {
        y[i] = (float) ((x[i] - mean) / Math.sqrt(square + eps));
      }
    }
    return y;
  }

  @Test
  void allNormaliseWhatTheyShould() {
    try (Scope scope = Scope.open()) {
      for (int length : new int[] {1, 7, 40}) {
        Tensor x = new Generator(1).normal(Shape.of(3, 6, 4, length), 5, 3);
        float[] values = x.toArray();
        int image = 4 * length;
        assertClose(expected(values, length, true, 1e-5), new LayerNorm(length).forward(x));
        assertClose(expected(values, image, true, 1e-5), new LayerNorm(4, length).forward(x));
        assertClose(expected(values, length, false, Math.ulp(1f)), new RMSNorm(length).forward(x));
        assertClose(expected(values, 2 * image, true, 1e-5), new GroupNorm(3, 6).forward(x));
        assertClose(expected(values, image, true, 1e-5), new InstanceNorm2d(6).forward(x));
        assertClose(
            expected(values, image, true, 1e-5),
            new InstanceNorm1d(6).forward(x.reshape(3, 6, image)));
      }
    }
  }

  private static void assertClose(float[] expected, Tensor found) {
    assertArrayEquals(expected, found.toArray(), 2e-5f);
  }

  /**
   * What is one operation is the same as a factor and a term behind it, and may have parts only.
   */
  @Test
  void weightAndBiasScaleAndShift() {
    int[] last = {4, 5};
    try (Scope scope = Scope.open()) {
      Generator random = new Generator(2);
      Tensor x = random.normal(Shape.of(3, 4, 5), 5, 3);
      Tensor weight = random.normal(Shape.of(last), 0, 1);
      Tensor bias = random.normal(Shape.of(last), 0, 1);
      Tensor normal = x.layerNorm(last, null, null, 1e-3f);
      assertClose(normal.mul(weight).add(bias).toArray(), x.layerNorm(last, weight, bias, 1e-3f));
      assertClose(normal.mul(weight).toArray(), x.layerNorm(last, weight, null, 1e-3f));
      assertClose(normal.add(bias).toArray(), x.layerNorm(last, null, bias, 1e-3f));
      assertClose(
          x.rmsNorm(last, null, 1e-3f).mul(weight).toArray(), x.rmsNorm(last, weight, 1e-3f));
    }
  }

  /** Frozen inputs change nothing in the gradients of the others. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void eachGradientComesAlone(boolean createGraph) {
    int[] last = {4, 5};
    try (Scope scope = Scope.open()) {
      Generator random = new Generator(3);
      Tensor[] values = {
        random.normal(Shape.of(3, 4, 5), 5, 3),
        random.normal(Shape.of(last), 0, 1),
        random.normal(Shape.of(last), 0, 1)
      };
      Tensor dy = random.normal(Shape.of(3, 4, 5), 0, 1);
      Tensor[] all = gradients(values, new boolean[] {true, true, true}, dy, createGraph);
      for (int i = 0; i < all.length; i++) {
        boolean[] one = new boolean[all.length];
        one[i] = true;
        Tensor[] alone = gradients(values, one, dy, createGraph);
        for (int j = 0; j < all.length; j++) {
          if (i == j) {
            assertArrayEquals(all[i].toArray(), alone[i].toArray());
          } else {
            assertNull(alone[j]);
          }
        }
      }
    }
  }

  private static Tensor[] gradients(
      Tensor[] values, boolean[] wanted, Tensor dy, boolean createGraph) {
    Tensor[] inputs = new Tensor[values.length];
    for (int i = 0; i < values.length; i++) {
      inputs[i] = Tensor.of(values[i].toArray(), values[i].shape().toArray());
      if (wanted[i]) {
        inputs[i].requireGrad();
      }
    }
    inputs[0]
        .layerNorm(new int[] {4, 5}, inputs[1], inputs[2], 1e-3f)
        .backward(dy, false, createGraph);
    return Arrays.stream(inputs).map(Tensor::grad).toArray(Tensor[]::new);
  }

  @Test
  void localResponseDividesByTheNeighbours() {
    try (Scope scope = Scope.open()) {
      Tensor x = Tensor.of(new float[] {1, 2, 3, 4}, 1, 4, 1);
      // Windows of 2 reach one channel back, windows of 3 one to each side.
      float[] two = new LocalResponseNorm(2, 1, 1, 1).forward(x).toArray();
      assertArrayEquals(new float[] {1 / 1.5f, 2 / 3.5f, 3 / 7.5f, 4 / 13.5f}, two, 1e-6f);
      float[] three = new LocalResponseNorm(3, 3, 1, 0).forward(x).toArray();
      assertArrayEquals(new float[] {1 / 5f, 2 / 14f, 3 / 29f, 4 / 25f}, three, 1e-6f);
    }
  }

  @Test
  void otherShapesAreRefused() {
    assertThrows(
        IllegalArgumentException.class, () -> new LayerNorm(4).forward(Tensor.zeros(2, 3)));
    assertThrows(IllegalArgumentException.class, () -> new GroupNorm(2, 3));
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () -> new InstanceNorm2d(3).forward(Tensor.zeros(1, 2, 3, 4)))
            .getMessage();
    assertEquals(
        "InstanceNorm2d of 3 channels does not take an input of shape [1, 2, 3, 4]", message);
  }
}
