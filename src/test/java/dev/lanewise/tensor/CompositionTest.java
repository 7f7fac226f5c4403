package dev.lanewise.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Methods of a tensor that are made of several operations: derivatives, values, edges. */
class CompositionTest {
  private static final float ALL = Float.POSITIVE_INFINITY;

  /** Functions of [3, 4] and [3, 4], both without zeros, ties and values near 1. */
  private static Map<String, GradientCheck.Case> functions() {
    Map<String, GradientCheck.Case> all = new LinkedHashMap<>();
    Tensor labels = Tensor.ofLongs(new long[] {2, 0, 3}, 3);
    Tensor signs = Tensor.of(new float[] {1, -1, 1}, 3);
    Tensor weights = Tensor.of(new float[] {0.5f, 2, 1, 1.5f}, 4);
    all.put("fmod", x -> x.get(0).fmod(x.get(1)));
    all.put("remainder", x -> x.get(0).remainder(x.get(1)));
    all.put("lerp", x -> x.get(0).lerp(x.get(1), Tensor.scalar(0.3f)));
    all.put("addcmul", x -> x.get(0).addcmul(x.get(0), x.get(1), 0.5f));
    all.put("addcdiv", x -> x.get(0).addcdiv(x.get(0), x.get(1), 0.5f));
    all.put("hypot", x -> x.get(0).hypot(x.get(1)));
    all.put("logaddexp", x -> x.get(0).logaddexp(x.get(1)));
    all.put("xlogy", x -> x.get(0).xlogy(x.get(1).abs()));
    all.put("erfc", x -> x.get(0).erfc());
    all.put("exp2", x -> x.get(0).exp2());
    all.put("prelu", x -> x.get(0).prelu(x.get(1).slice(0, 0, 1).reshape(4)));
    all.put("glu", x -> x.get(0).glu(1));
    all.put("softmin", x -> x.get(0).softmin(0));
    all.put("tanhshrink", x -> x.get(0).tanhshrink());
    all.put("min", x -> x.get(0).min(1));
    all.put("prod", x -> x.get(0).prod(1));
    all.put("prod of all", x -> x.get(0).mul(1.3f).prod());
    all.put("var", x -> x.get(0).var(1));
    all.put("std", x -> x.get(0).std(0, true, 0));
    all.put("norm", x -> x.get(0).norm(1));
    all.put("norm 1", x -> x.get(0).norm(1, true, 0));
    all.put("norm 3", x -> x.get(0).norm(3, false));
    all.put("norm infinity", x -> x.get(0).norm(ALL, false, 1));
    all.put("logsumexp", x -> x.get(0).logsumexp(1));
    all.put("cumprod", x -> x.get(0).cumprod(1));
    all.put("nll", x -> x.get(0).nll(labels, weights, 0, Reduction.MEAN));
    all.put(
        "crossEntropySoft",
        x -> x.get(0).crossEntropySoft(x.get(1).softmax(1), weights, 0.1f, Reduction.MEAN));
    all.put("l1", x -> x.get(0).l1(x.get(1), Reduction.NONE));
    all.put("smoothL1", x -> x.get(0).smoothL1(x.get(1), 0.05f, Reduction.SUM));
    all.put("huber", x -> x.get(0).huber(x.get(1), 9, Reduction.MEAN));
    all.put("bce", x -> x.get(0).sigmoid().bce(x.get(1).sigmoid(), weights, Reduction.MEAN));
    all.put(
        "bceWithLogits",
        x -> x.get(0).bceWithLogits(x.get(1).sigmoid(), null, weights, Reduction.SUM));
    all.put(
        "klDiv",
        x -> x.get(0).logSoftmax(1).klDiv(x.get(1).softmax(1), false, Reduction.BATCHMEAN));
    all.put(
        "klDiv of logarithms",
        x -> x.get(0).logSoftmax(1).klDiv(x.get(1).logSoftmax(1), true, Reduction.MEAN));
    all.put("softMargin", x -> x.get(0).softMargin(x.get(1).sign(), Reduction.MEAN));
    all.put(
        "multilabelSoftMargin",
        x -> x.get(0).multilabelSoftMargin(x.get(1).sigmoid(), weights, Reduction.MEAN));
    all.put("multiMargin", x -> x.get(0).multiMargin(labels, 2, 9, null, Reduction.MEAN));
    all.put("cosineSimilarity", x -> x.get(0).cosineSimilarity(x.get(1), 1, 1e-8f));
    all.put("cosineEmbedding", x -> x.get(0).cosineEmbedding(x.get(1), signs, -2, Reduction.MEAN));
    all.put("pairwiseDistance", x -> x.get(0).pairwiseDistance(x.get(1), 2, 1e-6f, true));
    all.put(
        "tripletMargin",
        x -> x.get(0).tripletMargin(x.get(1), x.get(1).neg(), 30, 2, 1e-6f, true, Reduction.MEAN));
    all.put("poissonNll", x -> x.get(0).poissonNll(x.get(1), true, false, 0, Reduction.MEAN));
    all.put(
        "gaussianNll",
        x -> x.get(0).gaussianNll(x.get(1), x.get(1).square(), true, 1e-6f, Reduction.MEAN));
    return all;
  }

  static List<String> names() {
    return List.copyOf(functions().keySet());
  }

  @ParameterizedTest
  @MethodSource("names")
  void derivativesAgreeWithDifferences(String name) {
    Random random = new Random(3);
    List<float[]> values = new ArrayList<>();
    for (int input = 0; input < 2; input++) {
      float[] x = new float[12];
      for (int i = 0; i < x.length; i++) {
        // Sizes from 0.3 to 0.85 in the first, 1.2 to 1.75 in the second, no two of a row alike.
        float size = 0.3f + 0.9f * input + 0.05f * ((i * 7 + 3 * input) % 12);
        x[i] = random.nextBoolean() ? size : -size;
      }
      values.add(x);
    }
    List<Shape> shapes = List.of(Shape.of(3, 4), Shape.of(3, 4));
    GradientCheck check = new GradientCheck(5e-3f, 2e-2, 3, 1);
    GradientCheck.Case function = java.util.Objects.requireNonNull(functions().get(name));
    check.first(name, function, values, shapes);
    check.second(name, function, values, shapes);
  }

  @Test
  void comparisonsAreTruthValues() {
    Tensor a = Tensor.of(new float[] {1, 2, Float.NaN, -0f}, 4);
    Tensor b = Tensor.of(new float[] {1, 3, Float.NaN, 0}, 4);
    assertArrayEquals(new byte[] {1, 0, 0, 1}, a.eq(b).toByteArray());
    assertArrayEquals(new byte[] {0, 1, 1, 0}, a.ne(b).toByteArray());
    assertArrayEquals(new byte[] {0, 1, 0, 0}, a.lt(b).toByteArray());
    assertArrayEquals(new byte[] {1, 1, 0, 1}, a.le(b).toByteArray());
    assertArrayEquals(new byte[] {0, 0, 0, 0}, a.gt(b).toByteArray());
    assertArrayEquals(new byte[] {1, 0, 0, 1}, a.ge(b).toByteArray());
    assertArrayEquals(new byte[] {0, 0, 1, 0}, a.isnan().toByteArray());
    assertEquals(DType.BOOL, a.eq(b).dtype());
    Tensor labels = Tensor.ofLongs(new long[] {16777217, 5}, 2);
    assertArrayEquals(
        new byte[] {0, 1}, labels.eq(Tensor.ofLongs(new long[] {16777216, 5}, 2)).toByteArray());
    assertArrayEquals(
        new byte[] {1, 1, 0}, truths(1, 1, 0).logicalOr(truths(0, 1, 0)).toByteArray());
    assertArrayEquals(
        new byte[] {0, 1, 0}, truths(1, 1, 0).logicalAnd(truths(0, 1, 0)).toByteArray());
    assertArrayEquals(
        new byte[] {1, 0, 0}, truths(1, 1, 0).logicalXor(truths(0, 1, 0)).toByteArray());
    assertArrayEquals(new byte[] {0, 0, 1}, truths(1, 1, 0).logicalNot().toByteArray());
    assertArrayEquals(new byte[] {1}, truths(1, 1, 0).any().toByteArray());
    assertArrayEquals(new byte[] {0}, truths(1, 1, 0).all().toByteArray());
  }

  private static Tensor truths(float... values) {
    return Tensor.of(values, values.length).ne(0);
  }

  /** Sizes around the lane count, against plain Java. */
  @Test
  void whereAndComparisonsOfEveryLength() {
    Random random = new Random(5);
    for (int n = 1; n < 70; n++) {
      float[] a = new float[n];
      float[] b = new float[n];
      float[] expected = new float[n];
      for (int i = 0; i < n; i++) {
        a[i] = random.nextInt(5);
        b[i] = random.nextInt(5);
        expected[i] = a[i] > b[i] ? a[i] : -b[i];
      }
      Tensor x = Tensor.of(a, n);
      Tensor y = Tensor.of(b, n);
      assertArrayEquals(expected, Tensor.where(x.gt(y), x, y.neg()).toArray());
    }
  }

  @Test
  void reductionsHaveTheirValues() {
    Tensor x = Tensor.of(new float[] {1, 2, 4, 3, -5, 6}, 2, 3);
    assertArrayEquals(new float[] {8, -90}, x.prod(1).toArray());
    assertArrayEquals(new float[] {1, -5}, x.min(1).toArray());
    assertArrayEquals(new long[] {0, 1}, x.argmin(1).toLongArray());
    assertArrayEquals(new float[] {7 / 3f, 97 / 3f}, x.var(1).toArray(), 1e-5f);
    assertArrayEquals(new float[] {7, 14}, x.norm(1, false, 1).toArray());
    assertArrayEquals(new float[] {1, 3, 7, 3, -2, 4}, x.cumsum(1).toArray());
    assertArrayEquals(new float[] {1, 2, 8, 3, -15, -90}, x.cumprod(1).toArray());
    assertEquals(
        Float.NEGATIVE_INFINITY, Tensor.full(Float.NEGATIVE_INFINITY, 3).logsumexp().item());
    assertEquals(1000 + Math.log(2), Tensor.full(1000, 2).logsumexp().item(), 1e-4);
    assertEquals(1, Tensor.zeros(0).prod().item());
  }

  @Test
  void aZeroIsNoExceptionInAProduct() {
    Tensor x = Tensor.of(new float[] {2, 0, 3}, 3).requireGrad();
    x.prod().backward();
    assertArrayEquals(new float[] {0, 6, 0}, java.util.Objects.requireNonNull(x.grad()).toArray());
  }

  @Test
  void theNormOfZeroHasGradientZero() {
    Tensor x = Tensor.zeros(3).requireGrad();
    x.norm().backward();
    assertArrayEquals(new float[3], java.util.Objects.requireNonNull(x.grad()).toArray());
  }

  @Test
  void equalElementsShareTheGradientOfAMaximum() {
    Tensor x = Tensor.of(new float[] {1, 2}, 2).requireGrad();
    x.maximum(Tensor.of(new float[] {1, 0}, 2)).sum().backward();
    assertArrayEquals(new float[] {0.5f, 1}, java.util.Objects.requireNonNull(x.grad()).toArray());
  }

  @Test
  void longSumsRunExactly() {
    float[] tenths = new float[100_000];
    java.util.Arrays.fill(tenths, 0.1f);
    Tensor sums = Tensor.of(tenths, tenths.length).cumsum(0);
    assertEquals(10_000.00015, sums.select(0, tenths.length - 1).item(), 1e-3);
  }

  @Test
  void wrongShapesAreRefused() {
    assertSays(
        "huber: the target has shape [3], the prediction [2]",
        () -> Tensor.zeros(2).huber(Tensor.zeros(3), 1, Reduction.MEAN));
    assertSays(
        "nll: label 4 is not one of 4 classes",
        () ->
            Tensor.zeros(1, 4).nll(Tensor.ofLongs(new long[] {4}, 1), null, -100, Reduction.MEAN));
    assertSays("dimension 0 of [3] must be even", () -> Tensor.zeros(3).glu(0));
    assertSays("1 or 2 values", () -> Tensor.zeros(3, 2).prelu(Tensor.zeros(3)));
  }

  private static void assertSays(String message, Runnable call) {
    String found =
        String.valueOf(assertThrows(IllegalArgumentException.class, call::run).getMessage());
    assertTrue(found.contains(message), () -> "the message is: " + found);
  }
}
