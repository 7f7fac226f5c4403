package dev.lanewise.kernel.product;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.op.ScaledDotProductAttention;
import dev.lanewise.tensor.DType;
import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Scope;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Attention in blocks against sums in double precision, at sizes around the blocks. */
class AttentionTest {
  @ParameterizedTest
  @CsvSource({
    "1, 1, 1, 1, false", "2, 3, 7, 5, false", "1, 128, 256, 16, false", "2, 129, 257, 17, false",
    "1, 300, 600, 8, true", "3, 257, 257, 33, true", "1, 40, 300, 64, true", "1, 300, 40, 64, true"
  })
  void equalsTheFormulaInDoubles(int batch, int queries, int keys, int depth, boolean causal) {
    Generator random = new Generator(queries + keys);
    try (Scope scope = Scope.open()) {
      Tensor q = random.normal(Shape.of(batch, queries, depth), 0, 1);
      Tensor k = random.normal(Shape.of(batch, keys, depth), 0, 1);
      Tensor v = random.normal(Shape.of(batch, keys, depth + 1), 0, 1);
      float[] y = q.scaledDotProductAttention(k, v, null, causal).toArray();
      float[] expected =
          reference(q.toArray(), k.toArray(), v.toArray(), batch, queries, keys, depth, causal);
      assertArrayEquals(expected, y, 2e-5f);
    }
  }

  private static float[] reference(
      float[] q,
      float[] k,
      float[] v,
      int batch,
      int queries,
      int keys,
      int depth,
      boolean causal) {
    int width = depth + 1;
    float[] y = new float[batch * queries * width];
    double scale = 1 / Math.sqrt(depth);
    for (int row = 0; row < batch * queries; row++) {
      int first = row / queries * keys;
      int seen = causal ? Math.min(keys, row % queries + 1) : keys;
      double[] p = new double[seen];
      double sum = 0;
      for (int j = 0; j < seen; j++) {
        for (int e = 0; e < depth; e++) {
          p[j] += scale * q[row * depth + e] * k[(first + j) * depth + e];
        }
        p[j] = Math.exp(p[j]);
        sum += p[j];
      }
      for (int e = 0; e < width; e++) {
        double value = 0;
        for (int j = 0; j < seen; j++) {
          value += p[j] / sum * v[(first + j) * width + e];
        }
        y[row * width + e] = (float) value;
      }
    }
    return y;
  }

  /** Scores of 1000 and more, the largest in the last block. */
  @Test
  void largeScoresDoNotOverflow() {
    try (Scope scope = Scope.open()) {
      Tensor q = Tensor.full(30, 1, 4);
      float[] keys = new float[600 * 4];
      float[] values = new float[600];
      for (int i = 0; i < 600; i++) {
        keys[4 * i] = i;
        values[i] = i;
      }
      Tensor y = q.scaledDotProductAttention(Tensor.of(keys, 600, 4), Tensor.of(values, 600, 1));
      assertEquals(599, y.item(), 1e-3f);
    }
  }

  /**
   * Blocks, masks of truth values and heads as views against all scores in memory, for heads of
   * whole vectors and others.
   */
  @ParameterizedTest
  @CsvSource({
    "false, false, 20, 9, 290",
    "true, false, 20, 9, 290",
    "false, true, 20, 9, 290",
    "true, true, 20, 9, 290",
    "false, false, 32, 16, 290",
    "true, false, 16, 48, 290",
    "false, true, 64, 32, 290",
    "true, true, 32, 32, 290",
    // The last vector of a row of scores reaches over its end.
    "false, false, 32, 16, 250",
    "true, true, 20, 9, 250"
  })
  void equalsAllScoresInMemory(
      boolean causal, boolean masked, int depth, int valueDepth, int keys) {
    Generator random = new Generator(4);
    try (Scope scope = Scope.open()) {
      List<Tensor> in =
          List.of(
              random.normal(Shape.of(2, 150, 3, depth), 0, 1).requireGrad(),
              random.normal(Shape.of(2, keys, 3, depth), 0, 1).requireGrad(),
              random.normal(Shape.of(1, keys, 3, valueDepth), 0, 1).requireGrad());
      Tensor q = in.get(0).transpose(1, 2);
      Tensor k = in.get(1).transpose(1, 2);
      Tensor v = in.get(2).transpose(1, 2);
      float[] chance = random.uniformValues(2L * keys, 0, 1);
      long[] truth = new long[chance.length];
      for (int i = 0; i < truth.length; i++) {
        // The second image hides all keys.
        truth[i] = i < keys && chance[i] > 0.5 ? 1 : 0;
      }
      Tensor mask = masked ? Tensor.ofLongs(truth, 2, 1, 1, keys).to(DType.BOOL) : null;
      Tensor y = q.scaledDotProductAttention(k, v, mask, causal);
      Tensor expected = q.attentionWeights(k, mask, causal).matmul(v);
      assertArrayEquals(expected.toArray(), y.toArray(), 1e-5f);
      Tensor dy = random.normal(y.shape(), 0, 1);
      expected.mul(dy).sum().backward(null, true, false);
      float[][] gradients = new float[3][];
      for (int i = 0; i < 3; i++) {
        gradients[i] = in.get(i).grad().toArray();
        in.get(i).zeroGrad();
      }
      y.mul(dy).sum().backward();
      for (int i = 0; i < 3; i++) {
        assertArrayEquals(gradients[i], in.get(i).grad().toArray(), 5e-5f, "gradient " + i);
      }
    }
  }

  /** The same operands side by side and as views of their own, for heads of vectors and others. */
  @ParameterizedTest
  @CsvSource({
    "2, 32, 65, false, false",
    "3, 16, 150, true, false",
    "2, 20, 290, true, true",
    "1, 64, 300, false, true",
    "4, 5, 1, true, false"
  })
  void sequencesToThemselves(int heads, int depth, int steps, boolean causal, boolean masked) {
    Generator random = new Generator(6);
    int embed = heads * depth;
    try (Scope _ = Scope.open()) {
      Tensor x = random.normal(Shape.of(2, steps, 3 * embed), 0, 1).requireGrad();
      Tensor mask = masked ? random.normal(Shape.of(heads, 1, steps), 0, 1) : null;
      Tensor dy = random.normal(Shape.of(2, steps, embed), 0, 1);
      Tensor[] parts = new Tensor[3];
      for (int i = 0; i < 3; i++) {
        parts[i] =
            x.slice(2, i * embed, (i + 1) * embed).unflatten(2, heads, depth).transpose(1, 2);
      }
      Tensor apart = parts[0].scaledDotProductAttention(parts[1], parts[2], mask, causal);
      Tensor expected = apart.transpose(1, 2).flatten(2, 3);
      expected.mul(dy).sum().backward();
      float[] gradient = x.grad().toArray();
      x.zeroGrad();
      Tensor y = x.selfAttention(heads, mask, causal);
      assertArrayEquals(expected.toArray(), y.toArray());
      y.mul(dy).sum().backward();
      assertArrayEquals(gradient, x.grad().toArray());
    }
  }

  @Test
  void theScaleAndDropoutAreUsed() {
    try (Scope scope = Scope.open()) {
      Tensor x = new Generator(1).normal(Shape.of(3, 4), 0, 1);
      Tensor plain = x.scaledDotProductAttention(x, x, null, false, 0.3f, null);
      Tensor twice = x.scaledDotProductAttention(x, x, null, false, 0.3f, p -> p.mul(2));
      assertArrayEquals(plain.mul(2).toArray(), twice.toArray(), 1e-5f);
      ScaledDotProductAttention op = new ScaledDotProductAttention(0.3f, false);
      assertArrayEquals(plain.toArray(), Tensor.apply(op, x, x, x).toArray());
    }
  }
}
