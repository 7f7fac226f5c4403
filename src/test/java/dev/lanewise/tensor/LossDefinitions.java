package dev.lanewise.tensor;

import static dev.lanewise.tensor.Definition.table;

import dev.lanewise.op.Window;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Convolutions of volumes, pooling and losses that are composed of others. */
final class LossDefinitions {

  private static final long[] MANY_LABELS = {2, 0, -1, 1, 1, -1, -1, -1, 0, 1, 2, 3};

  private LossDefinitions() {}

  static Map<String, Definition> all() {
    Map<String, Definition> all = new LinkedHashMap<>();
    pooling(all);
    losses(all);
    return all;
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
    int[] ones = {1, 1, 1};
    all.put(
        "conv3d",
        new Definition(
            x ->
                x.get(0)
                    .reshape(1, 1, 3, 2, 2)
                    .conv3d(
                        x.get(1).slice(0, 0, 2).reshape(1, 1, 2, 2, 2),
                        null,
                        ones,
                        new int[3],
                        ones,
                        1),
            (a, b) ->
                table(
                    2,
                    i -> {
                      double sum = 0;
                      for (int k = 0; k < 8; k++) {
                        sum += a[4 * i + k] * b[k];
                      }
                      return sum;
                    })));
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
}
