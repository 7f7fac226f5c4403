package dev.lanewise.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.nn.Init.Fan;
import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Tensor;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class InitTest {
  private final Generator random = new Generator(7);

  /** [64, 32, 3, 3]: fan in 288, fan out 576. */
  private static Tensor weight() {
    return Tensor.zeros(64, 32, 3, 3);
  }

  @Test
  void defaultsOfLinearAreThoseOfPyTorch() {
    Linear layer = new Linear(100, 300, random);
    assertUniform(0.1, layer.parameters().get("weight"));
    assertUniform(0.1, layer.parameters().get("bias"));
  }

  @Test
  void defaultsOfConv2dAreThoseOfPyTorch() {
    Conv2d layer = new Conv2d(4, 400, 5, random);
    assertUniform(0.1, layer.parameters().get("weight"));
    assertUniform(0.1, layer.parameters().get("bias"));
  }

  @Test
  void kaiming() {
    assertUniform(Math.sqrt(6.0 / 288), Init.kaimingUniform(weight(), 0, Fan.IN, random));
    assertUniform(Math.sqrt(3.0 / 576), Init.kaimingUniform(weight(), 1, Fan.OUT, random));
    assertNormal(Math.sqrt(2.0 / 576), Init.kaimingNormal(weight(), 0, Fan.OUT, random));
  }

  @Test
  void xavier() {
    assertUniform(Math.sqrt(6.0 / 864), Init.xavierUniform(weight(), 1, random));
    assertNormal(2 * Math.sqrt(2.0 / 864), Init.xavierNormal(weight(), 2, random));
  }

  @Test
  void anyRangeAndAnyConstant() {
    Tensor vector = Tensor.zeros(1000);
    for (float value : Init.uniform(vector, 2, 3, random).toArray()) {
      assertTrue(value >= 2 && value < 3);
    }
    assertEquals(5, mean(Init.normal(vector, 5, 0.01, random).toArray()), 0.01);
    assertEquals(-2.5, mean(Init.constant(vector, -2.5).toArray()));
    assertEquals(1, mean(Init.ones(vector).toArray()));
    assertEquals(0, mean(Init.zeros(vector).toArray()));
    Tensor gap = Tensor.zeros(4, 4).slice(1, 0, 2);
    assertThrows(IllegalArgumentException.class, () -> Init.zeros(gap));
    assertThrows(IllegalStateException.class, () -> Init.uniform(gap, 0, 1, random));
  }

  @Test
  void truncatedNormalDrawsAgainWhatIsTooFar() {
    float[] values = Init.truncatedNormal(weight(), 1, 0.5, 2, random).toArray();
    for (float value : values) {
      assertTrue(value >= 0 && value <= 2);
      assertTrue(value != 1);
    }
    assertEquals(1, mean(values), 0.02);
    // The variance of the normal distribution cut at ±2 is 0.7737.
    double squares = 0;
    for (float value : values) {
      squares += (value - 1) * (value - 1);
    }
    assertEquals(0.5 * Math.sqrt(0.7737), Math.sqrt(squares / values.length), 0.01);
    assertThrows(
        IllegalArgumentException.class, () -> Init.truncatedNormal(weight(), 0, 1, 0, random));
  }

  @Test
  void orthogonalRowsOrColumns() {
    assertOrthonormal(Init.orthogonal(Tensor.zeros(8, 5, 3), 1, random).reshape(8, 15), 1);
    assertOrthonormal(Init.orthogonal(Tensor.zeros(30, 7), 2, random).transpose(0, 1), 2);
    assertThrows(IllegalArgumentException.class, () -> Init.orthogonal(Tensor.zeros(4), 1, random));
  }

  /** Rows have length {@code gain} and are at right angles. */
  private static void assertOrthonormal(Tensor rows, double gain) {
    int n = rows.shape().dim(0);
    float[] products = rows.matmul(rows.transpose(0, 1)).toArray();
    for (int i = 0; i < n * n; i++) {
      assertEquals(i % (n + 1) == 0 ? gain * gain : 0, products[i], 1e-5);
    }
  }

  @Test
  void aVectorIsNoWeight() {
    assertThrows(
        IllegalArgumentException.class, () -> Init.xavierUniform(Tensor.zeros(8), 1, random));
  }

  @Test
  void aSeedGivesTheSameParameters() {
    float[] first = new Linear(5, 5, new Generator(3)).parameters().get("weight").toArray();
    float[] same = new Linear(5, 5, new Generator(3)).parameters().get("weight").toArray();
    float[] other = new Linear(5, 5, new Generator(4)).parameters().get("weight").toArray();
    assertArrayEquals(first, same);
    assertFalse(Arrays.equals(first, other));
  }

  /** Within the bound, close to it on both sides, and with the variance of such a distribution. */
  private static void assertUniform(double bound, Tensor tensor) {
    float[] values = tensor.toArray();
    float[] sorted = values.clone();
    Arrays.sort(sorted);
    assertTrue(sorted[0] >= -bound * 1.000001, "lowest " + sorted[0]);
    assertTrue(sorted[sorted.length - 1] <= bound * 1.000001, "highest");
    assertEquals(-bound, sorted[0], bound * 0.05);
    assertEquals(bound, sorted[sorted.length - 1], bound * 0.05);
    assertEquals(0, mean(values), bound * 4 / Math.sqrt(3.0 * values.length));
    assertEquals(bound / Math.sqrt(3), deviation(values), bound * 0.06);
  }

  private static void assertNormal(double deviation, Tensor tensor) {
    float[] values = tensor.toArray();
    assertEquals(0, mean(values), 4 * deviation / Math.sqrt(values.length));
    assertEquals(deviation, deviation(values), 0.02 * deviation);
    long beyond = 0;
    for (float value : values) {
      beyond += Math.abs(value) > 2 * deviation ? 1 : 0;
    }
    assertEquals(0.0455, (double) beyond / values.length, 0.006);
  }

  private static double mean(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += value;
    }
    return sum / values.length;
  }

  private static double deviation(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += (double) value * value;
    }
    return Math.sqrt(sum / values.length);
  }
}
