package dev.lanewise.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What all rows say together. */
final class Table {
  private Table() {}

  /** For each family and number of threads: rows, geometric mean of the ratios, the lowest one. */
  static String summary(List<Row> rows) {
    Map<String, List<Row>> groups = new LinkedHashMap<>();
    for (Row row : rows) {
      if (row.hasRatio()) {
        String group = "%-14s %7d".formatted(row.what().family(), row.threads());
        groups.computeIfAbsent(group, _ -> new ArrayList<>()).add(row);
      }
    }
    StringBuilder text = new StringBuilder();
    text.append(
        "%-14s %7s  %4s  %7s  %7s  %6s  %s%n"
            .formatted("family", "threads", "rows", "geomean", "limit", "lowest", "of"));
    groups.forEach((group, members) -> {
      Row lowest =
          members.stream().min((a, b) -> Double.compare(a.ratio(), b.ratio())).orElseThrow();
      double share = geometricMean(members.stream().mapToDouble(Row::share).toArray());
      text.append(
          "%s  %4d  %7.2f  %7s  %6.2f  %s%n"
              .formatted(
                  group,
                  members.size(),
                  geometricMean(members.stream().mapToDouble(Row::ratio).toArray()),
                  share > 0 ? "%.0f%%".formatted(100 * share) : "-",
                  lowest.ratio(),
                  lowest.what()));
    });
    return text.toString();
  }

  /** The most memory that the processes of the training steps ever had. */
  static String memory(List<Row> rows) {
    StringBuilder text = new StringBuilder();
    for (Row row : rows) {
      if (!row.peakMemory().isEmpty()) {
        text.append("%-30s %d threads, peak memory:".formatted(row.what(), row.threads()));
        row.peakMemory()
            .forEach((side, bytes) -> text.append("  %s %,d MB".formatted(side, bytes >> 20)));
        text.append(System.lineSeparator());
      }
    }
    return text.isEmpty() ? "" : System.lineSeparator() + text;
  }

  static double geometricMean(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += Math.log(value);
    }
    return Math.exp(sum / values.length);
  }
}
