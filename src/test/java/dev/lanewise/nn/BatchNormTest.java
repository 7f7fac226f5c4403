package dev.lanewise.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Scope;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;

class BatchNormTest {
  private static final float[] VALUES = {1, 2, 3, 4, 5, 6, 7, 8, 20, 22, 24, 26};

  @Test
  void parametersAndBuffersHaveTheNamesOfPyTorch() {
    BatchNorm2d norm = new BatchNorm2d(3);
    assertEquals(List.of("weight", "bias"), List.copyOf(norm.parameters().keySet()));
    assertEquals(
        List.of("running_mean", "running_var", "num_batches_tracked"),
        List.copyOf(norm.buffers().keySet()));
  }

  @Test
  void runningStatisticsFollowTheBatches() {
    try (Scope scope = Scope.open()) {
      BatchNorm1d norm = new BatchNorm1d(2);
      Tensor x = Tensor.of(VALUES, 6, 2);
      Tensor y = norm.forward(x);
      // Columns 1 3 5 7 20 24 and 2 4 6 8 22 26: means 10 and 34 / 3.
      float variance = (81 + 49 + 25 + 9 + 100 + 196) / 6f;
      assertEquals((1 - 10) / Math.sqrt(variance + 1e-5), y.toArray()[0], 1e-5);
      assertEquals(0.1f * 10, norm.buffers().get("running_mean").toArray()[0], 1e-6f);
      assertEquals(
          0.9f + 0.1f * variance * 6 / 5, norm.buffers().get("running_var").toArray()[0], 1e-5f);
      assertEquals(1, norm.buffers().get("num_batches_tracked").toLongArray()[0]);
      norm.train(false);
      float[] evaluated = norm.forward(x).toArray();
      assertEquals((1 - 1) / Math.sqrt(0.9 + variance * 0.12 + 1e-5), evaluated[0], 1e-5);
      assertEquals(1, norm.buffers().get("num_batches_tracked").toLongArray()[0]);
    }
  }

  @Test
  void withoutMomentumAllBatchesCountAlike() {
    try (Scope scope = Scope.open()) {
      BatchNorm1d norm = new BatchNorm1d(1, 1e-5f, null, false, true);
      assertTrue(norm.parameters().isEmpty());
      for (float mean : new float[] {3, 5, 10}) {
        norm.forward(Tensor.of(new float[] {mean - 1, mean + 1}, 2, 1));
      }
      assertEquals(6, norm.buffers().get("running_mean").toArray()[0], 1e-6f);
      assertEquals(2, norm.buffers().get("running_var").toArray()[0], 1e-6f);
    }
  }

  @Test
  void withoutRunningStatisticsTheBatchCountsInEvaluationToo() {
    try (Scope scope = Scope.open()) {
      BatchNorm1d norm = new BatchNorm1d(2, 1e-5f, 0.1f, true, false);
      Tensor x = Tensor.of(VALUES, 2, 2, 3);
      float[] trained = norm.forward(x).toArray();
      norm.train(false);
      assertArrayEquals(trained, norm.forward(x).toArray());
      assertTrue(norm.buffers().isEmpty());
    }
  }

  @Test
  void whatIsFusedGivesTheSame() {
    try (Scope scope = Scope.open()) {
      Generator random = new Generator(3);
      Tensor x = random.normal(Shape.of(5, 3, 4, 4), 1, 2);
      Tensor residual = random.normal(x.shape(), 0, 1);
      float[] fused = new BatchNorm2d(3).withReLU().forward(x, residual).toArray();
      float[] apart = new BatchNorm2d(3).forward(x).add(residual).relu().toArray();
      assertArrayEquals(apart, fused, 1e-6f);
    }
  }

  /** A mean a thousand times the deviation: naive sums of squares would lose all digits. */
  @Test
  void aLargeMeanDoesNotSpoilTheVariance() {
    try (Scope scope = Scope.open()) {
      Generator random = new Generator(4);
      Tensor x = random.normal(Shape.of(40, 3, 9, 7), 1000, 1);
      BatchNorm2d norm = new BatchNorm2d(3, 0, 1f, true, true);
      norm.forward(x);
      float[] values = x.toArray();
      double[] sum = new double[3];
      double[] squares = new double[3];
      for (int i = 0; i < values.length; i++) {
        sum[i / 63 % 3] += values[i];
      }
      double count = values.length / 3.0;
      for (int i = 0; i < values.length; i++) {
        squares[i / 63 % 3] += Math.pow(values[i] - sum[i / 63 % 3] / count, 2);
      }
      float[] found = norm.buffers().get("running_var").toArray();
      for (int c = 0; c < 3; c++) {
        assertEquals(squares[c] / (count - 1), found[c], 1e-4);
      }
    }
  }

  @Test
  void refusesOtherShapes() {
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () -> new BatchNorm2d(3).forward(Tensor.zeros(2, 4, 5, 5)))
            .getMessage();
    assertEquals("BatchNorm2d of 3 channels does not take an input of shape [2, 4, 5, 5]", message);
    assertThrows(IllegalArgumentException.class, () -> new BatchNorm1d(3).forward(Tensor.zeros(3)));
    assertThrows(IllegalArgumentException.class, () -> new BatchNorm1d(0));
  }
}
