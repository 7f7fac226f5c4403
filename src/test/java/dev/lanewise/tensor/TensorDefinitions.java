package dev.lanewise.tensor;

import static dev.lanewise.tensor.Definition.each;
import static dev.lanewise.tensor.Definition.table;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntToDoubleFunction;
import java.util.stream.DoubleStream;

/** Functions of tensors that are composed of others. */
final class TensorDefinitions {
  private TensorDefinitions() {}

  static Map<String, Definition> all() {
    Map<String, Definition> all = new LinkedHashMap<>();
    elements(all);
    reductions(all);
    products(all);
    indices(all);
    joins(all);
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
    all.put("lgamma", each(x -> x.get(0).lgamma(), (a, b) -> lgamma(a)));
    all.put(
        "digamma",
        each(x -> x.get(0).digamma(), (a, b) -> (lgamma(a + 1e-5) - lgamma(a - 1e-5)) / 2e-5));
  }

  /** ln |Γ(x)| by the recurrence up to where one term of Stirling's series is enough. */
  private static double lgamma(double x) {
    double shifted = x;
    double product = 1;
    while (shifted < 100) {
      product *= shifted++;
    }
    return (shifted - 0.5) * Math.log(shifted)
        - shifted
        + Math.log(2 * Math.PI) / 2
        + 1 / (12 * shifted)
        - 1 / (360 * Math.pow(shifted, 3))
        - Math.log(Math.abs(product));
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
    all.put(
        "amaxKeep",
        new Definition(
            x -> x.get(0).amaxKeep(1),
            (a, b) -> table(3, i -> Arrays.stream(a, 4 * i, 4 * i + 4).max().orElseThrow())));
    all.put(
        "aminKeep",
        new Definition(
            x -> x.get(0).aminKeep(),
            (a, b) -> table(1, i -> Arrays.stream(a).min().orElseThrow())));
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
    all.put(
        "pdist",
        new Definition(
            x -> x.get(0).pdist(2),
            (a, b) ->
                table(
                    3,
                    i -> {
                      IntToDoubleFunction gap =
                          k -> a[(i < 2 ? 0 : 4) + k] - a[(i < 1 ? 4 : 8) + k];
                      return Math.sqrt(dot(4, gap, gap));
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
    // Columns 0 and 2 of the source fall on column 1, column 1 on column 3.
    Tensor places = Tensor.ofLongs(new long[] {1, 3, 1, 1, 3, 1, 1, 3, 1}, 3, 3);
    for (ScatterMode mode : ScatterMode.values()) {
      for (boolean self : new boolean[] {true, false}) {
        all.put(
            "scatterReduce " + mode + " " + self,
            new Definition(
                x -> x.get(0).scatterReduce(1, places, x.get(1), mode, self),
                (a, b) -> table(12, i -> scattered(mode, self, a, b, i))));
      }
    }
  }

  private static double scattered(
      ScatterMode mode, boolean self, double[] a, double[] b, int place) {
    int row = place / 4 * 4;
    double[] there =
        switch (place % 4) {
          case 1 -> new double[] {b[row], b[row + 2]};
          case 3 -> new double[] {b[row + 1]};
          default -> new double[0];
        };
    if (self || there.length == 0) {
      there = DoubleStream.concat(DoubleStream.of(a[place]), Arrays.stream(there)).toArray();
    }
    return switch (mode) {
      case SUM -> Arrays.stream(there).sum();
      case MEAN -> Arrays.stream(there).average().orElseThrow();
      case PROD -> Arrays.stream(there).reduce(1, (x, y) -> x * y);
      case AMAX -> Arrays.stream(there).max().orElseThrow();
      case AMIN -> Arrays.stream(there).min().orElseThrow();
    };
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
}
