package dev.lanewise.bench;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One line of the table.
 *
 * @param rates what each fork of a side reached, in the unit of the case; a side that was not asked
 *     for is absent
 * @param disturbance the most cores that other processes kept busy during any of the forks
 */
record Row(Case what, int threads, Map<Side, double[]> rates, double disturbance) {
  static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /** Lanewise over libtorch: the ratio of the medians; above 1 Lanewise is faster. */
  double ratio() {
    return median(rates.get(Side.LANEWISE)) / median(rates.get(Side.LIBTORCH));
  }

  /** The ratio of each pair of forks that ran one after the other, sorted. */
  double[] pairedRatios() {
    double[] lanewise = rates.get(Side.LANEWISE);
    double[] libtorch = rates.get(Side.LIBTORCH);
    double[] ratios = new double[lanewise.length];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = lanewise[i] / libtorch[i];
    }
    Arrays.sort(ratios);
    return ratios;
  }

  boolean hasBoth() {
    return rates.keySet().containsAll(List.of(Side.values()));
  }

  static String header() {
    return "%-22s %7s %14s %14s %7s  %-13s %s"
        .formatted("case", "threads", "lanewise", "libtorch", "ratio", "of the pairs", "unit");
  }

  String line() {
    String ratio = "-";
    String spread = "-";
    if (hasBoth()) {
      double[] pairs = pairedRatios();
      ratio = "%.2f".formatted(ratio());
      spread = "%.2f to %.2f".formatted(pairs[0], pairs[pairs.length - 1]);
    }
    return "%-22s %7d %14s %14s %7s  %-13s %s%s"
        .formatted(
            what,
            threads,
            cell(Side.LANEWISE),
            cell(Side.LIBTORCH),
            ratio,
            spread,
            what.unit(),
            disturbance > Bystanders.QUIET
                ? "  DISTURBED by others: %.1f cores".formatted(disturbance)
                : "");
  }

  private String cell(Side side) {
    return rates.containsKey(side) ? "%,.0f".formatted(median(rates.get(side))) : "-";
  }

  /** The row as an object of the JSON file. */
  Map<String, Object> toJson() {
    Map<String, Object> json = new LinkedHashMap<>();
    switch (what) {
      case Case.TrainStep(Network network, int batch) -> {
        json.put("benchmark", "train_step");
        json.put("model", network.name());
        json.put("batch", batch);
      }
      case Case.Gemm gemm -> {
        json.put("benchmark", "gemm");
        json.put("shape", gemm.toString());
      }
    }
    json.put("threads", threads);
    json.put("unit", what.unit());
    rates.forEach((side, values) -> json.put(side.toString(), median(values)));
    if (hasBoth()) {
      json.put("ratio", ratio());
      json.put("paired_ratios", pairedRatios());
    }
    json.put("busy_cores_of_others", disturbance);
    rates.forEach((side, values) -> json.put(side + "_forks", values));
    return json;
  }
}
