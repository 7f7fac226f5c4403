package dev.lanewise.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Scope;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import org.junit.jupiter.api.Test;

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
