package dev.lanewise.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.memory.Pool;
import dev.lanewise.tensor.GradientCheck;
import dev.lanewise.tensor.Layout;
import dev.lanewise.tensor.Scope;
import dev.lanewise.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds for every op, on every sample of the catalogue. */
class OpSamplesTest {
  private static final int STEPS = 50;

  @ParameterizedTest(name = "{0}")
  @MethodSource("dev.lanewise.op.OpSamples#all")
  void gradientsAgreeWithDifferences(Sample sample) {
    GradientCheck.standard()
        .first(sample.toString(), sample.function(), sample.values(), sample.shapes());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("dev.lanewise.op.OpSamples#all")
  void secondDerivativesAgreeWithDifferences(Sample sample) {
    GradientCheck.standard()
        .second(sample.toString(), sample.function(), sample.values(), sample.shapes());
  }

  /** Batches below, at and above one vector, in every layout, with both kinds of backward. */
  @ParameterizedTest(name = "batch {0}")
  @MethodSource("batches")
  void imagesGiveTheSameInEveryLayout(int batch) {
    for (Sample sample : OpSamples.images(batch)) {
      layoutsAgree(sample);
    }
  }

  static List<Integer> batches() {
    return List.of(1, Lanes.L - 1, Lanes.L, Lanes.L + 1, 2 * Lanes.L + 3);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("dev.lanewise.op.OpSamples#all")
  void layoutsAgree(Sample sample) {
    try (Scope scope = Scope.open()) {
      Outcome expected = run(sample, x -> x, false);
      Layouts.all()
          .forEach((name, layout) -> {
            for (boolean createGraph : new boolean[] {false, true}) {
              String what = sample + ", " + name + (createGraph ? ", recorded backward" : "");
              Outcome found = run(sample, layout, createGraph);
              assertClose(expected.y, found.y, what + ": result");
              for (int i = 0; i < expected.gradients.size(); i++) {
                assertClose(
                    expected.gradients.get(i), found.gradients.get(i), what + ": gradient " + i);
              }
            }
          });
    }
  }

  private record Outcome(float[] y, List<float[]> gradients) {}

  private static Outcome run(Sample sample, UnaryOperator<Tensor> layout, boolean createGraph) {
    List<Tensor> leaves = new ArrayList<>();
    Tensor y = sample.apply(layout, leaves);
    assertPaddingIsZero(y, sample + ": result");
    Random random = new Random(7);
    float[] dy = new float[Math.toIntExact(y.size())];
    for (int i = 0; i < dy.length; i++) {
      dy[i] = random.nextFloat() - 0.5f;
    }
    Tensor gradient = Tensor.of(dy, y.shape().toArray());
    y.backward(layout.apply(gradient), false, createGraph);
    List<float[]> gradients = new ArrayList<>();
    for (Tensor leaf : leaves) {
      Tensor grad = leaf.grad();
      assertNotNull(grad, () -> sample + ": no gradient arrived");
      assertEquals(leaf.shape(), grad.shape(), sample.toString());
      assertPaddingIsZero(grad, sample + ": gradient");
      gradients.add(grad.toArray());
    }
    return new Outcome(y.toArray(), gradients);
  }

  private static void assertPaddingIsZero(Tensor x, String what) {
    if (x.layout() != Layout.BATCH_LANES) {
      return;
    }
    float[] raw = Layouts.raw(x);
    int n = x.shape().dim(0);
    int perBlock = raw.length / Math.ceilDiv(n, Lanes.L);
    for (int i = 0; i < raw.length; i++) {
      if (i / perBlock * Lanes.L + i % Lanes.L >= n) {
        assertEquals(0f, raw[i], () -> what + ": a lane beyond the batch is not zero");
      }
    }
  }

  private static void assertClose(float[] expected, float[] found, String what) {
    assertEquals(expected.length, found.length, what);
    for (int i = 0; i < expected.length; i++) {
      float tolerance = 1e-5f * Math.max(1, Math.abs(expected[i]));
      int at = i;
      assertEquals(expected[i], found[i], tolerance, () -> what + ", element " + at);
    }
  }

  @ParameterizedTest(name = "recorded backward: {0}")
  @ValueSource(booleans = {false, true})
  void memoryDoesNotGrow(boolean createGraph) {
    Pool pool = Pool.global();
    for (Sample sample : OpSamples.all()) {
      step(sample, createGraph);
      step(sample, createGraph);
      long used = pool.usedBytes();
      long reserved = pool.reservedBytes();
      for (int i = 0; i < STEPS; i++) {
        step(sample, createGraph);
      }
      // The cleaner may free what earlier tests left behind meanwhile, hence not "equal".
      assertTrue(
          pool.usedBytes() <= used, () -> sample + ": memory in use grows\n" + pool.report());
      assertEquals(reserved, pool.reservedBytes(), () -> sample + ": the pool grows");
    }
  }

  private static void step(Sample sample, boolean createGraph) {
    try (Scope scope = Scope.open()) {
      List<Tensor> leaves = new ArrayList<>();
      Tensor y = sample.apply(x -> x, leaves);
      y.backward(Tensor.ones(y.shape().toArray()), false, createGraph);
      leaves.forEach(Tensor::zeroGrad);
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("dev.lanewise.op.OpSamples#all")
  void inputsStayAsTheyAre(Sample sample) {
    try (Scope scope = Scope.open()) {
      List<Tensor> leaves = new ArrayList<>();
      Tensor y = sample.apply(x -> x, leaves);
      float[] before = y.toArray();
      y.backward(Tensor.ones(y.shape().toArray()));
      for (int i = 0; i < leaves.size(); i++) {
        assertArrayEquals(sample.values().get(i), leaves.get(i).toArray(), sample + ": input " + i);
      }
      assertArrayEquals(before, y.toArray(), sample + ": result");
    }
  }
}
