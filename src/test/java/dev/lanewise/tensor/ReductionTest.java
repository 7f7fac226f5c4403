package dev.lanewise.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.InScope;
import dev.lanewise.op.CrossEntropy;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Sums, maxima, softmax and losses against loops in float64. */
@ExtendWith(InScope.class)
class ReductionTest {
  private static final int[] DIMS = {3, 4, 5};

  private final float[] values = normal(60);
  private Tensor x;

  @BeforeEach
  void open() {
    x = Tensor.of(values, DIMS);
  }

  private static float[] normal(int count) {
    Random random = new Random(11);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private float at(int i, int j, int k) {
    return values[(i * 4 + j) * 5 + k];
  }

  @Test
  void sumsAndMeans() {
    double[] middle = new double[15];
    double[] outer = new double[4];
    double all = 0;
    for (int i = 0; i < 3; i++) {
      for (int j = 0; j < 4; j++) {
        for (int k = 0; k < 5; k++) {
          middle[i * 5 + k] += at(i, j, k);
          outer[j] += at(i, j, k);
          all += at(i, j, k);
        }
      }
    }
    assertClose(middle, 1, x.sum(1));
    assertClose(middle, 0.25, x.mean(-2));
    assertClose(outer, 1, x.sum(0, 2));
    assertClose(outer, 1 / 15.0, x.meanKeep(2, 0));
    assertClose(new double[] {all}, 1, x.sum());
    assertEquals(Shape.of(3, 5), x.sum(1).shape());
    assertEquals(Shape.of(1, 4, 1), x.sumKeep(0, 2).shape());
    assertEquals(Shape.SCALAR, x.mean().shape());
    assertEquals(all / 60, x.mean().item(), 1e-6);
    assertEquals(at(1, 2, 3), x.select(0, 1).select(0, 2).select(0, 3).sum().item());
  }

  @Test
  void maximaAndWhereTheyStand() {
    float[] largest = new float[15];
    long[] index = new long[15];
    for (int i = 0; i < 3; i++) {
      for (int k = 0; k < 5; k++) {
        int best = 0;
        for (int j = 1; j < 4; j++) {
          best = at(i, j, k) > at(i, best, k) ? j : best;
        }
        largest[i * 5 + k] = at(i, best, k);
        index[i * 5 + k] = best;
      }
    }
    assertArrayEquals(largest, x.max(1).toArray());
    assertArrayEquals(largest, x.maxKeep(1).toArray());
    assertArrayEquals(index, x.argmax(1).toLongArray());
    assertArrayEquals(index, x.transpose(0, 2).transpose(0, 2).argmax(-2).toLongArray());
    assertEquals(Shape.of(3, 1, 5), x.maxKeep(1).shape());
    assertEquals(DType.INT64, x.argmax(1).dtype());
  }

  @Test
  void tiesGoToTheFirstAndNanIsLargest() {
    float nan = Float.NaN;
    Tensor rows = Tensor.of(new float[] {2, 5, 5, 1, nan, 9, nan, 1}, 2, 4).requireGrad();
    assertArrayEquals(new float[] {5, nan}, rows.max(1).toArray());
    assertArrayEquals(new long[] {1, 0}, rows.argmax(1).toLongArray());
    rows.max(1).sum().backward();
    assertArrayEquals(new float[] {0, 1, 0, 0, 1, 0, 0, 0}, rows.grad().toArray());
  }

  @Test
  void argmaxOfNothing() {
    String message =
        assertThrows(IllegalArgumentException.class, () -> Tensor.zeros(2, 0).argmax(1))
            .getMessage();
    assertTrue(message.contains("argmax") && message.contains("[2, 0]"), message);
  }

  @Test
  void softmaxAlongAnyDimension() {
    for (int dim = -3; dim < 3; dim++) {
      Tensor y = x.softmax(dim);
      Tensor ones = y.sum(dim);
      for (float one : ones.toArray()) {
        assertEquals(1, one, 1e-6f);
      }
      float[] logarithm = x.logSoftmax(dim).toArray();
      float[] expected = y.log().toArray();
      assertArrayEquals(expected, logarithm, 1e-5f, "dimension " + dim);
    }
    assertEquals(1, Tensor.scalar(3).softmax(0).item());
    // No overflow, and a share that is too small to be a float is 0.
    assertArrayEquals(
        new float[] {0, 1}, Tensor.of(new float[] {-1e30f, 1e30f}, 1, 2).softmax(1).toArray());
  }

  @Test
  void crossEntropyOfImagesWithWeights() {
    // Classes in the middle dimension: [3, 4, 5] against labels [3, 5].
    long[] labels = new long[15];
    for (int i = 0; i < 15; i++) {
      labels[i] = i % 5 == 4 ? 2 : (7 * i) % 4;
    }
    float[] weights = {1, 0.5f, 3, 2};
    double loss = 0;
    double total = 0;
    for (int i = 0; i < 3; i++) {
      for (int k = 0; k < 5; k++) {
        int label = (int) labels[i * 5 + k];
        if (label == 1) {
          continue;
        }
        double sum = 0;
        for (int j = 0; j < 4; j++) {
          sum += Math.exp(at(i, j, k));
        }
        loss += weights[label] * (Math.log(sum) - at(i, label, k));
        total += weights[label];
      }
    }
    Tensor target = Tensor.ofLongs(labels, 3, 5);
    Tensor classWeights = Tensor.of(weights, 4);
    assertEquals(
        loss / total, x.crossEntropy(target, classWeights, 1, 0, Reduction.MEAN).item(), 1e-5);
    assertEquals(loss, x.crossEntropy(target, classWeights, 1, 0, Reduction.SUM).item(), 1e-4);
    Tensor each = x.crossEntropy(target, classWeights, 1, 0, Reduction.NONE);
    assertEquals(Shape.of(3, 5), each.shape());
    assertEquals(loss, each.sum().item(), 1e-4);
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () -> x.crossEntropy(Tensor.ofLongs(new long[12], 3, 4)))
            .getMessage();
    assertTrue(message.contains("[3, 4, 5] need labels [3, 5], found [3, 4]"), message);
  }

  @Test
  void noLabelIsIgnoredUnlessAsked() {
    Tensor logits = Tensor.zeros(1, 3);
    Tensor negative = Tensor.ofLongs(new long[] {-1}, 1);
    assertThrows(IllegalArgumentException.class, () -> logits.crossEntropy(negative));
    assertEquals(0, logits.crossEntropy(negative, null, -1, 0, Reduction.SUM).item(), "ignored");
    assertEquals(
        (float) Math.log(3),
        logits
            .crossEntropy(
                Tensor.ofLongs(new long[] {2}, 1), null, CrossEntropy.NONE, 0, Reduction.MEAN)
            .item(),
        1e-6f);
  }

  @Test
  void meanSquaredError() {
    Tensor a = Tensor.of(new float[] {1, 2, 3}, 3);
    Tensor b = Tensor.of(new float[] {2, 2, 5}, 3);
    assertEquals(5 / 3f, a.mse(b).item(), 1e-6f);
    assertEquals(5, a.mse(b, Reduction.SUM).item());
    assertArrayEquals(new float[] {1, 0, 4}, a.mse(b, Reduction.NONE).toArray());
    String message =
        assertThrows(IllegalArgumentException.class, () -> a.mse(Tensor.zeros(3, 1))).getMessage();
    assertTrue(message.contains("mse") && message.contains("[3, 1]"), message);
  }

  private static void assertClose(double[] expected, double factor, Tensor found) {
    float[] values = found.toArray();
    assertEquals(expected.length, values.length);
    for (int i = 0; i < values.length; i++) {
      assertEquals(expected[i] * factor, values[i], 1e-5, "element " + i);
    }
  }
}
