package dev.lanewise.bench;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * One line of the table.
 *
 * @param times microseconds of one run in each fork of a side; a side that cannot do the case, or
 *     was not asked for, is absent
 * @param handovers nanoseconds of a handover beside each of them, 0 where none was measured
 * @param peakMemory bytes of each side's process where it did nothing else, else empty
 * @param notes what sides chose, or why they are absent
 * @param limits of the machine, one for each fork
 * @param disturbance the most cores that other processes kept busy during any of the forks
 */
record Row(
    Case what,
    int threads,
    Map<Side, double[]> times,
    Map<Side, double[]> handovers,
    Map<Side, Long> peakMemory,
    Map<Side, String> notes,
    List<Limits> limits,
    double disturbance) {
  static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /** What identifies the row among all: the case and its threads. */
  String key() {
    return what + "@" + threads;
  }

  /** The peer with the best median; empty where none was measured. */
  Optional<Side> bestPeer() {
    return times.keySet().stream()
        .filter(Side::peer)
        .min((a, b) -> Double.compare(median(times.get(a)), median(times.get(b))));
  }

  boolean hasRatio() {
    return times.containsKey(Side.LANEWISE) && bestPeer().isPresent();
  }

  /** Whether other processes kept the machine so busy that the figures are not reliable. */
  boolean disturbed() {
    return disturbance > Bystanders.QUIET;
  }

  /** Lanewise over the best peer: the ratio of the medians; above 1 Lanewise is faster. */
  double ratio() {
    return median(times.get(bestPeer().orElseThrow())) / median(times.get(Side.LANEWISE));
  }

  /** The ratio to that peer of each pair of forks that ran one after the other, sorted. */
  double[] pairedRatios() {
    double[] lanewise = times.get(Side.LANEWISE);
    double[] peer = times.get(bestPeer().orElseThrow());
    double[] ratios = new double[lanewise.length];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = peer[i] / lanewise[i];
    }
    Arrays.sort(ratios);
    return ratios;
  }

  /** The figure of a side in the unit of the case. */
  double figure(Side side) {
    return what.unit().figure(what.work(), median(times.get(side)));
  }

  static String header(List<Side> sides) {
    StringBuilder line = new StringBuilder("%-44s %7s".formatted("case", "threads"));
    sides.forEach(side -> line.append(" %10s".formatted(side)));
    return line.append("  %5s  %-12s  %5s  %s".formatted("ratio", "of the pairs", "limit", "unit"))
        .toString();
  }

  String line(List<Side> sides) {
    StringBuilder line = new StringBuilder("%-44s %7d".formatted(what, threads));
    for (Side side : sides) {
      line.append(" %10s".formatted(times.containsKey(side) ? number(figure(side)) : "-"));
    }
    String ratio = "-";
    String spread = "-";
    if (hasRatio()) {
      double[] pairs = pairedRatios();
      ratio = "%.2f".formatted(ratio());
      spread = "%.2f to %.2f".formatted(pairs[0], pairs[pairs.length - 1]);
    }
    double share = share();
    line.append(
        "  %5s  %-12s  %5s  %s"
            .formatted(
                ratio, spread, share > 0 ? "%.0f%%".formatted(100 * share) : "-", what.unit()));
    if (disturbed()) {
      line.append("  DISTURBED by others: %.1f cores".formatted(disturbance));
    }
    line.append(placed());
    return line.toString();
  }

  /** Says so where the medians of the two sides were measured at different places. */
  String placed() {
    if (!hasRatio()) {
      return "";
    }
    Side peer = bestPeer().orElseThrow();
    double own = median(handovers.get(Side.LANEWISE));
    double theirs = median(handovers.get(peer));
    return Placement.alike(own, theirs)
        ? ""
        : "  PLACED otherwise: lanewise %.0f, %s %.0f ns".formatted(own, peer, theirs);
  }

  /** How much of the machine Lanewise uses: the median of the forks. */
  double share() {
    return times.containsKey(Side.LANEWISE) ? median(shares()) : 0;
  }

  /** The same of each fork, sorted. */
  private double[] shares() {
    double[] lanewise = times.get(Side.LANEWISE);
    return IntStream.range(0, lanewise.length)
        .mapToDouble(fork -> limits.get(fork).share(what, lanewise[fork]))
        .sorted()
        .toArray();
  }

  private static String number(double value) {
    return value >= 1000
        ? "%,.0f".formatted(value)
        : value >= 100 ? "%.0f".formatted(value) : "%.1f".formatted(value);
  }

  /** The row as an object of the JSON file. */
  Map<String, Object> toJson() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("case", what.toString());
    json.put("threads", threads);
    json.put("unit", what.unit().toString());
    times.forEach((side, _) -> json.put(side.toString(), figure(side)));
    if (hasRatio()) {
      json.put("best_peer", bestPeer().orElseThrow().toString());
      json.put("ratio", ratio());
      json.put("paired_ratios", pairedRatios());
    }
    if (share() > 0) {
      json.put("share_of_limit", share());
      json.put("paired_shares", shares());
    }
    json.put("busy_cores_of_others", disturbance);
    peakMemory.forEach((side, bytes) -> json.put(side + "_peak_rss_bytes", bytes));
    times.forEach((side, values) -> json.put(side + "_microseconds", values));
    handovers.forEach((side, values) -> json.put(side + "_handover_nanoseconds", values));
    notes.forEach((side, note) -> json.put(side + "_note", note));
    return json;
  }
}
