package dev.lanewise.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.op.Window;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Compositions against their definitions in double precision, and their derivatives. */
class DefinitionsTest {
  private static final long[] MANY_LABELS = {2, 0, -1, 1, 1, -1, -1, -1, 0, 1, 2, 3};
  private static final Set<String> NOT_SMOOTH = Set.of("corrcoef", "meshgrid", "heaviside");

  /** A function of two [3, 4], and what it is by definition, of their elements in order. */
  private record Definition(
      GradientCheck.Case function, BiFunction<double[], double[], double[]> value) {}

  private static double[] table(int n, IntToDoubleFunction value) {
    double[] all = new double[n];
    Arrays.setAll(all, value);
    return all;
  }

  private static Definition each(
      GradientCheck.Case function, BiFunction<Double, Double, Double> f) {
    return new Definition(function, (a, b) -> table(12, i -> f.apply(a[i], b[i])));
  }

  private static Map<String, Definition> definitions() {
    Map<String, Definition> all = new LinkedHashMap<>();
    elements(all);
    reductions(all);
    products(all);
    indices(all);
    joins(all);
    pooling(all);
    losses(all);
    return all;
  }

  private static void elements(Map<String, Definition> all) {
    all.put(
        "logaddexp2",
        each(
            x -> x.get(0).logaddexp2(x.get(1)),
            (a, b) -> Math.log(Math.pow(2, a) + Math.pow(2, b)) / Math.log(2)));
    all.put("sinc", each(x -> x.get(0).sinc(), (a, b) -> Math.sin(Math.PI * a) / (Math.PI * a)));
    all.put("copysign", each(x -> x.get(0).copysign(x.get(1)), Math::copySign));
    all.put(
        "heaviside", each(x -> x.get(0).heaviside(x.get(1)), (a, b) -> a < 0 ? 0 : a > 0 ? 1 : b));
  }

  private static void reductions(Map<String, Definition> all) {
    all.put(
        "logcumsumexp",
        new Definition(
            x -> x.get(0).logcumsumexp(1),
            (a, b) ->
                table(
                    12,
                    i -> {
                      double sum = 0;
                      for (int j = i / 4 * 4; j <= i; j++) {
                        sum += Math.exp(a[j]);
                      }
                      return Math.log(sum);
                    })));
    all.put(
        "diff",
        new Definition(
            x -> x.get(0).diff(1),
            (a, b) -> table(9, i -> a[i / 3 * 4 + i % 3 + 1] - a[i / 3 * 4 + i % 3])));
    all.put(
        "trapezoid",
        new Definition(
            x -> x.get(0).trapezoid(1),
            (a, b) ->
                table(3, i -> a[4 * i] / 2 + a[4 * i + 1] + a[4 * i + 2] + a[4 * i + 3] / 2)));
    all.put(
        "cov",
        new Definition(x -> x.get(0).cov(1), (a, b) -> table(9, i -> covariance(a, i / 3, i % 3))));
    all.put(
        "corrcoef",
        new Definition(
            x -> x.get(0).corrcoef(),
            (a, b) ->
                table(
                    9,
                    i ->
                        covariance(a, i / 3, i % 3)
                            / Math.sqrt(covariance(a, i / 3, i / 3))
                            / Math.sqrt(covariance(a, i % 3, i % 3)))));
    all.put(
        "cummax",
        new Definition(
            x -> x.get(0).cummax(1).values(),
            (a, b) -> table(12, i -> Arrays.stream(a, i / 4 * 4, i + 1).max().orElseThrow())));
    all.put(
        "cummin",
        new Definition(
            x -> x.get(0).cummin(1).values(),
            (a, b) -> table(12, i -> Arrays.stream(a, i / 4 * 4, i + 1).min().orElseThrow())));
    all.put(
        "quantile",
        new Definition(
            x -> x.get(0).quantile(0.4f, 1),
            (a, b) ->
                table(
                    3,
                    i -> {
                      double[] row = Arrays.stream(a, 4 * i, 4 * i + 4).sorted().toArray();
                      return 0.8 * row[1] + 0.2 * row[2];
                    })));
  }

  private static double covariance(double[] a, int i, int j) {
    double left = Arrays.stream(a, 4 * i, 4 * i + 4).sum() / 4;
    double right = Arrays.stream(a, 4 * j, 4 * j + 4).sum() / 4;
    double sum = 0;
    for (int k = 0; k < 4; k++) {
      sum += (a[4 * i + k] - left) * (a[4 * j + k] - right);
    }
    return sum / 3;
  }

  /** Σ_k left(k) right(k). */
  private static double dot(int n, IntToDoubleFunction left, IntToDoubleFunction right) {
    double sum = 0;
    for (int k = 0; k < n; k++) {
      sum += left.applyAsDouble(k) * right.applyAsDouble(k);
    }
    return sum;
  }

  private static void products(Map<String, Definition> all) {
    all.put(
        "inner",
        new Definition(
            x -> x.get(0).inner(x.get(1)),
            (a, b) -> table(9, i -> dot(4, k -> a[i / 3 * 4 + k], k -> b[i % 3 * 4 + k]))));
    all.put(
        "addbmm",
        new Definition(
            x ->
                x.get(0)
                    .slice(1, 0, 3)
                    .addbmm(x.get(0).reshape(2, 3, 2), x.get(1).reshape(2, 2, 3), 0.5f, 2),
            (a, b) ->
                table(
                    9,
                    i ->
                        0.5 * a[i / 3 * 4 + i % 3]
                            + 2
                                * dot(
                                    4,
                                    k -> a[k / 2 * 6 + i / 3 * 2 + k % 2],
                                    k -> b[k / 2 * 6 + k % 2 * 3 + i % 3]))));
    all.put(
        "addr",
        new Definition(
            x -> x.get(0).addr(x.get(1).select(1, 0), x.get(1).select(0, 0), 0.5f, 2),
            (a, b) -> table(12, i -> 0.5 * a[i] + 2 * b[i / 4 * 4] * b[i % 4])));
    all.put(
        "matrixPower",
        new Definition(
            x -> x.get(0).slice(1, 0, 3).matrixPower(3),
            (a, b) ->
                table(
                    9,
                    i ->
                        dot(
                            9,
                            k -> a[i / 3 * 4 + k / 3] * a[k / 3 * 4 + k % 3],
                            k -> a[k % 3 * 4 + i % 3]))));
    all.put(
        "bilinear",
        new Definition(
            x ->
                x.get(0)
                    .slice(1, 0, 2)
                    .bilinear(x.get(0).slice(1, 2, 4), x.get(1).reshape(3, 2, 2), null),
            (a, b) ->
                table(
                    9,
                    i ->
                        dot(
                            4,
                            k -> a[i / 3 * 4 + k / 2] * a[i / 3 * 4 + 2 + k % 2],
                            k -> b[i % 3 * 4 + k]))));
    all.put(
        "cdist",
        new Definition(
            x -> x.get(0).cdist(x.get(1), 2),
            (a, b) ->
                table(
                    9,
                    i -> {
                      IntToDoubleFunction gap = k -> a[i / 3 * 4 + k] - b[i % 3 * 4 + k];
                      return Math.sqrt(dot(4, gap, gap));
                    })));
    all.put(
        "dist",
        new Definition(
            x -> x.get(0).dist(x.get(1), 3),
            (a, b) ->
                new double[] {
                  Math.cbrt(dot(12, k -> 1, k -> Math.pow(Math.abs(a[k] - b[k]), 3)))
                }));
    all.put(
        "cross",
        new Definition(
            x -> x.get(0).slice(1, 0, 3).cross(x.get(1).slice(1, 0, 3), 1),
            (a, b) ->
                table(
                    9,
                    i -> {
                      int row = i / 3 * 4;
                      int next = row + (i + 1) % 3;
                      int last = row + (i + 2) % 3;
                      return a[next] * b[last] - a[last] * b[next];
                    })));
  }

  private static void indices(Map<String, Definition> all) {
    Tensor columns = Tensor.ofLongs(new long[] {2, 0}, 2);
    all.put(
        "indexFill",
        new Definition(
            x -> x.get(0).indexFill(1, columns, 7),
            (a, b) -> table(12, i -> i % 4 == 0 || i % 4 == 2 ? 7 : a[i])));
    Tensor mask = Tensor.ofLongs(new long[] {0, 1, 0, 1}, 4).to(DType.BOOL);
    all.put(
        "maskedScatter",
        new Definition(
            x -> x.get(0).maskedScatter(mask, x.get(1)),
            (a, b) -> table(12, i -> i % 2 == 1 ? b[i / 2] : a[i])));
    Tensor bags = Tensor.ofLongs(new long[] {2, 0, 2, 1}, 4);
    Tensor offsets = Tensor.ofLongs(new long[] {0, 3}, 2);
    all.put(
        "embeddingBag",
        new Definition(
            x -> x.get(0).embeddingBag(bags, offsets, Reduction.MEAN),
            (a, b) -> table(8, i -> i < 4 ? (2 * a[8 + i] + a[i]) / 3 : a[i])));
    Tensor rows = Tensor.ofLongs(new long[] {2, 0, 2, 1}, 2, 2);
    all.put(
        "embeddingBag of rows",
        new Definition(
            x -> x.get(0).embeddingBag(rows, null, Reduction.SUM),
            (a, b) -> table(8, i -> a[8 + i % 4] + (i < 4 ? a[i] : a[i]))));
  }

  private static void joins(Map<String, Definition> all) {
    all.put(
        "hstack",
        new Definition(
            x -> Tensor.hstack(x),
            (a, b) -> table(24, i -> i % 8 < 4 ? a[i / 8 * 4 + i % 8] : b[i / 8 * 4 + i % 8 - 4])));
    all.put(
        "vstack",
        new Definition(x -> Tensor.vstack(x), (a, b) -> table(24, i -> i < 12 ? a[i] : b[i - 12])));
    all.put(
        "dstack",
        new Definition(
            x -> Tensor.dstack(x), (a, b) -> table(24, i -> (i % 2 < 1 ? a : b)[i / 2])));
    all.put(
        "columnStack",
        new Definition(
            x -> Tensor.columnStack(List.of(x.get(0).select(1, 0), x.get(1))),
            (a, b) -> table(15, i -> i % 5 == 0 ? a[i / 5 * 4] : b[i / 5 * 4 + i % 5 - 1])));
    all.put(
        "blockDiag",
        new Definition(
            x -> Tensor.blockDiag(List.of(x.get(0), x.get(1).select(0, 0))),
            (a, b) ->
                table(
                    32,
                    i ->
                        i < 24
                            ? (i % 8 < 4 ? a[i / 8 * 4 + i % 8] : 0)
                            : (i < 28 ? 0 : b[i - 28]))));
    all.put(
        "meshgrid",
        new Definition(
            x -> {
              List<Tensor> vectors = List.of(x.get(0).select(1, 0), x.get(1).select(0, 0));
              return Tensor.stack(Tensor.meshgrid(vectors), 0);
            },
            (a, b) -> table(24, i -> i < 12 ? a[i / 4 * 4] : b[i % 4])));
    all.put(
        "tensorSplit",
        new Definition(
            x -> x.get(0).tensorSplit(3, 1).getFirst(),
            (a, b) -> table(6, i -> a[i / 2 * 4 + i % 2])));
  }

  private static double largest(double[] a, int top, int bottom, int left, int right) {
    double best = Double.NEGATIVE_INFINITY;
    for (int i = top; i < bottom; i++) {
      for (int j = left; j < right; j++) {
        best = Math.max(best, a[4 * i + j]);
      }
    }
    return best;
  }

  private static void pooling(Map<String, Definition> all) {
    all.put(
        "adaptiveMaxPool2d",
        new Definition(
            x -> x.get(0).reshape(1, 3, 4).adaptiveMaxPool2d(2, 3),
            (a, b) -> table(6, i -> largest(a, i / 3, i / 3 + 2, i % 3, i % 3 + 2))));
    all.put(
        "adaptiveMaxPool1d",
        new Definition(
            x -> x.get(0).adaptiveMaxPool1d(2),
            (a, b) -> table(6, i -> Math.max(a[2 * i], a[2 * i + 1]))));
    all.put(
        "lpPool1d",
        new Definition(
            x -> x.get(0).lpPool1d(2, Window.row(2, 2)),
            (a, b) -> table(6, i -> Math.hypot(a[2 * i], a[2 * i + 1]))));
    all.put(
        "lpPool2d",
        new Definition(
            x -> x.get(0).reshape(1, 3, 4).lpPool2d(2, Window.of(2)),
            (a, b) ->
                table(
                    2,
                    i ->
                        Math.hypot(
                            Math.hypot(a[2 * i], a[2 * i + 1]),
                            Math.hypot(a[2 * i + 4], a[2 * i + 5])))));
    long[] places = new long[12];
    Arrays.setAll(places, i -> 2L * i);
    all.put(
        "maxUnpool2d",
        new Definition(
            x -> x.get(0).reshape(1, 1, 3, 4).maxUnpool2d(Tensor.ofLongs(places, 1, 1, 3, 4), 5, 5),
            (a, b) -> table(25, i -> i % 2 == 0 && i < 24 ? a[i / 2] : 0)));
  }

  private static void losses(Map<String, Definition> all) {
    all.put(
        "multilabelMargin",
        new Definition(
            x -> x.get(0).multilabelMargin(Tensor.ofLongs(MANY_LABELS, 3, 4), Reduction.NONE),
            (a, b) -> table(3, i -> multilabelMargin(a, i))));
    Tensor target = Tensor.of(new float[] {1, 0, 0, 1, 1, 1, 0, 0, 1, 0, 1, 0}, 3, 4);
    float[] truth = target.toArray();
    all.put(
        "focal",
        new Definition(
            x -> x.get(0).focal(target, 0.25f, 2, Reduction.NONE),
            (a, b) ->
                table(
                    12,
                    i -> {
                      double p = 1 / (1 + Math.exp(truth[i] > 0 ? -a[i] : a[i]));
                      return -(truth[i] > 0 ? 0.25 : 0.75) * Math.pow(1 - p, 2) * Math.log(p);
                    })));
    for (long[] labels : List.of(new long[] {1, 2}, new long[] {1, 1}, new long[] {2})) {
      all.put(
          "ctc of " + Arrays.toString(labels),
          new Definition(
              x ->
                  x.get(0)
                      .reshape(4, 1, 3)
                      .ctc(
                          Tensor.ofLongs(labels, 1, labels.length),
                          new long[] {4},
                          new long[] {labels.length},
                          0,
                          Reduction.SUM),
              (a, b) -> new double[] {ctc(a, labels)}));
    }
  }

  private static double multilabelMargin(double[] a, int row) {
    double[] x = Arrays.copyOfRange(a, 4 * row, 4 * row + 4);
    long[] given = Arrays.copyOfRange(MANY_LABELS, 4 * row, 4 * row + 4);
    long[] labels = Arrays.stream(given).takeWhile(label -> label >= 0).toArray();
    double sum = 0;
    for (long label : labels) {
      for (int c = 0; c < 4; c++) {
        int other = c;
        if (Arrays.stream(labels).noneMatch(l -> l == other)) {
          sum += Math.max(0, 1 - (x[(int) label] - x[c]));
        }
      }
    }
    return sum / 4;
  }

  /** Over all 81 paths of 4 steps among 3 classes, of which 0 is blank. */
  private static double ctc(double[] a, long[] labels) {
    double total = 0;
    for (int path = 0; path < 81; path++) {
      double probability = 1;
      List<Long> found = new ArrayList<>();
      int last = 0;
      for (int t = 0, rest = path; t < 4; t++, rest /= 3) {
        int symbol = rest % 3;
        double sum = 0;
        for (int c = 0; c < 3; c++) {
          sum += Math.exp(a[3 * t + c]);
        }
        probability *= Math.exp(a[3 * t + symbol]) / sum;
        if (symbol != 0 && symbol != last) {
          found.add((long) symbol);
        }
        last = symbol;
      }
      if (found.equals(Arrays.stream(labels).boxed().toList())) {
        total += probability;
      }
    }
    return -Math.log(total);
  }

  static List<String> names() {
    return List.copyOf(definitions().keySet());
  }

  /** Sizes from 0.3 to 0.85 in the first, 1.2 to 1.75 in the second, no two of a row alike. */
  private static float[] values(Random random, int input) {
    float[] x = new float[12];
    for (int i = 0; i < x.length; i++) {
      float size = 0.3f + 0.9f * input + 0.05f * ((i * 7 + 3 * input) % 12);
      x[i] = random.nextBoolean() ? size : -size;
    }
    return x;
  }

  @ParameterizedTest
  @MethodSource("names")
  void valuesAndDerivativesAreThoseOfTheDefinition(String name) {
    Random random = new Random(3);
    List<float[]> inputs = List.of(values(random, 0), values(random, 1));
    Definition definition = Objects.requireNonNull(definitions().get(name));
    List<Tensor> tensors = inputs.stream().map(x -> Tensor.of(x, 3, 4)).toList();
    float[] found = definition.function().apply(tensors).toArray();
    double[] expected =
        definition
            .value()
            .apply(table(12, i -> inputs.getFirst()[i]), table(12, i -> inputs.getLast()[i]));
    assertEquals(expected.length, found.length);
    for (int i = 0; i < found.length; i++) {
      assertEquals(expected[i], found[i], 2e-6 + 4e-6 * Math.abs(expected[i]), name + " " + i);
    }
    if (NOT_SMOOTH.contains(name)) {
      return;
    }
    List<Shape> shapes = List.of(Shape.of(3, 4), Shape.of(3, 4));
    GradientCheck check = new GradientCheck(5e-3f, 2e-2, 3, 1);
    check.first(name, definition.function(), inputs, shapes);
    check.second(name, definition.function(), inputs, shapes);
  }

  @Test
  void whatIsNotANumberDoesNotCount() {
    Tensor x = Tensor.of(new float[] {1, Float.NaN, 3, 5, Float.NaN, Float.NaN}, 2, 3);
    assertArrayEquals(new float[] {4, 5}, x.nansum(1).toArray());
    assertArrayEquals(new float[] {2, 5}, x.nanmean(1).toArray());
  }

  @Test
  void modeIsTheLeastOfTheMostFrequent() {
    Tensor x = Tensor.of(new float[] {3, 1, 3, 1, 2, 2, 5, 2}, 2, 4);
    IndexOps.Sorted mode = x.mode(1);
    assertArrayEquals(new float[] {1, 2}, mode.values().toArray());
    assertArrayEquals(new long[] {3, 3}, mode.indices().toLongArray());
  }

  @Test
  void renormShortensOnlyWhatIsNamedAndTooLong() {
    Tensor table = Tensor.of(new float[] {3, 4, 0.3f, 0.4f, 6, 8}, 3, 2);
    table.renormRows(Tensor.ofLongs(new long[] {0, 1, 0}, 3), 1, 2);
    assertArrayEquals(new float[] {0.6f, 0.8f, 0.3f, 0.4f, 6, 8}, table.toArray(), 1e-6f);
  }

  @Test
  void errorsNameWhatWasFound() {
    Tensor x = Tensor.ones(2, 3);
    assertThrows(IllegalArgumentException.class, () -> x.matrixPower(2));
    assertThrows(IllegalArgumentException.class, () -> x.quantile(1.5f, 1));
    assertThrows(IllegalArgumentException.class, () -> x.cross(x, 0));
    assertThrows(IllegalArgumentException.class, () -> x.tensorSplit(0, 0));
    assertThrows(IllegalArgumentException.class, () -> x.adaptiveMaxPool2d(1, 1));
    assertThrows(IllegalArgumentException.class, () -> x.bilinear(x, x, null));
    assertThrows(
        IllegalArgumentException.class, () -> x.ctc(x, new long[1], new long[1], 0, Reduction.SUM));
    Tensor bags = Tensor.ofLongs(new long[] {0, 5}, 2);
    Tensor index = Tensor.ofLongs(new long[] {0, 1}, 2);
    assertThrows(IllegalArgumentException.class, () -> x.embeddingBag(index, bags, Reduction.SUM));
  }
}
