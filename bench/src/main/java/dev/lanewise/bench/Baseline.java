package dev.lanewise.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.jr.ob.JSON;

/**
 * Ratios that were measured once, to be compared with: unlike times, they hold on another machine
 * of the same kind, and on a busy day. A file has them for each kind of {@link Processor} that they
 * were measured on, for what a peer does well on one it may do badly on another.
 *
 * @param ratios by {@link Row#key}: Lanewise over the best peer
 * @param bands by the same: how far a ratio may fall below without being a regression, as a part of
 *     it
 */
record Baseline(Map<String, Double> ratios, Map<String, Double> bands) {
  /** What rows move by from run to run on an idle machine, with several forks. */
  static final double SMALLEST_BAND = 0.10;

  /** A row that moves by more tells nothing. */
  private static final double LARGEST_BAND = 0.40;

  /** A row that has become slower. */
  record Regression(Row row, double before, double band) {
    @Override
    public String toString() {
      String others =
          row.disturbed() ? "; others took %.1f cores".formatted(row.disturbance()) : "";
      return "%s: the ratio fell from %.2f to %.2f, by %.0f%%; %.0f%% are noise%s"
          .formatted(
              row.key(), before, row.ratio(), 100 * (1 - row.ratio() / before), 100 * band, others);
    }
  }

  /**
   * The band of a row is the spread of the pairs around its median, within limits. A row that other
   * processes disturbed is none to compare with.
   */
  static Baseline of(List<Row> rows) {
    Map<String, Double> ratios = new TreeMap<>();
    Map<String, Double> bands = new TreeMap<>();
    for (Row row : rows) {
      if (row.hasRatio() && !row.disturbed()) {
        double[] pairs = row.pairedRatios();
        double spread = (row.ratio() - pairs[0]) / row.ratio();
        ratios.put(row.key(), row.ratio());
        bands.put(row.key(), Math.clamp(1.5 * spread, SMALLEST_BAND, LARGEST_BAND));
      }
    }
    return new Baseline(ratios, bands);
  }

  /**
   * The rows that were measured now and are slower than here, beyond the band. A row counts only if
   * its best pair of forks is below, too: one bad fork is no regression.
   */
  List<Regression> regressions(List<Row> rows) {
    List<Regression> found = new ArrayList<>();
    for (Row row : rows) {
      Double before = ratios.get(row.key());
      if (before == null || !row.hasRatio()) {
        continue;
      }
      double band = bands.getOrDefault(row.key(), SMALLEST_BAND);
      double[] pairs = row.pairedRatios();
      double floor = before * (1 - band);
      if (row.ratio() < floor && pairs[pairs.length - 1] < before) {
        found.add(new Regression(row, before, band));
      }
    }
    return found;
  }

  /** Rows of this baseline that a run over such cases should have had, and had not. */
  List<String> missing(List<Row> rows, List<String> expected) {
    List<String> measured = rows.stream().filter(Row::hasRatio).map(Row::key).toList();
    return ratios.keySet().stream()
        .filter(key -> expected.contains(key) && !measured.contains(key))
        .toList();
  }

  /** A file of baselines, by the names of the processors. */
  record Shelf(Map<String, Baseline> baselines, Map<String, String> sides) {
    /** Whether the rows of this processor were ever measured. */
    boolean knows(String processor) {
      return baselines.containsKey(processor);
    }

    /** What to compare with on a processor: its own rows, or else the lowest of all others. */
    Baseline on(String processor) {
      Baseline own = baselines.get(processor);
      if (own != null) {
        return own;
      }
      Map<String, Double> ratios = new TreeMap<>();
      Map<String, Double> bands = new TreeMap<>();
      for (Baseline other : baselines.values()) {
        other.ratios.forEach((key, ratio) -> {
          if (ratio < ratios.getOrDefault(key, Double.MAX_VALUE)) {
            ratios.put(key, ratio);
            bands.put(key, other.bands.get(key));
          }
        });
      }
      return new Baseline(ratios, bands);
    }
  }

  /**
   * Reads a file that {@link #write} wrote.
   *
   * @throws IllegalArgumentException when it is none
   */
  static Shelf read(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(
          "There is no baseline %s; write one with --write-baseline.".formatted(file));
    }
    Map<String, Baseline> baselines = new TreeMap<>();
    Map<String, String> sides = new TreeMap<>();
    try {
      Map<?, ?> processors = (Map<?, ?>) JSON.std.mapFrom(Files.readString(file)).get("processors");
      processors.forEach((name, value) -> {
        Map<?, ?> document = (Map<?, ?>) value;
        Map<String, Double> ratios = new TreeMap<>();
        Map<String, Double> bands = new TreeMap<>();
        ((Map<?, ?>) document.get("rows"))
            .forEach((key, fields) -> {
              Map<?, ?> row = (Map<?, ?>) fields;
              ratios.put((String) key, ((Number) row.get("ratio")).doubleValue());
              bands.put((String) key, ((Number) row.get("band")).doubleValue());
            });
        baselines.put((String) name, new Baseline(ratios, bands));
        sides.put((String) name, (String) document.get("sides"));
      });
    } catch (ClassCastException | NullPointerException | JacksonException broken) {
      throw new IllegalArgumentException("%s is no baseline.".formatted(file), broken);
    }
    return new Shelf(baselines, sides);
  }

  /**
   * Writes all rows; those of an older file that were not measured now, and those of other
   * processors, are kept.
   *
   * @param processor what they were measured on
   * @param sides what each side was
   */
  void write(Path file, String processor, String sides) throws IOException {
    Shelf older = Files.isRegularFile(file) ? read(file) : new Shelf(Map.of(), Map.of());
    Map<String, Baseline> baselines = new TreeMap<>(older.baselines);
    baselines.merge(processor, this, Baseline::with);
    Map<String, String> allSides = new TreeMap<>(older.sides);
    allSides.put(processor, sides);
    Map<String, Object> processors = new LinkedHashMap<>();
    baselines.forEach((name, baseline) -> {
      Map<String, Object> document = new LinkedHashMap<>();
      document.put("sides", allSides.get(name));
      document.put("rows", baseline.rows());
      processors.put(name, document);
    });
    Report.Json.write(file, Map.of("processors", processors));
  }

  /** All rows of both, as the newer one has them. */
  private Baseline with(Baseline newer) {
    Map<String, Double> allRatios = new TreeMap<>(ratios);
    allRatios.putAll(newer.ratios);
    Map<String, Double> allBands = new TreeMap<>(bands);
    allBands.putAll(newer.bands);
    return new Baseline(allRatios, allBands);
  }

  private Map<String, Object> rows() {
    Map<String, Object> rows = new LinkedHashMap<>();
    ratios.forEach((key, ratio) -> {
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("ratio", rounded(ratio));
      row.put("band", rounded(bands.get(key)));
      rows.put(key, row);
    });
    return rows;
  }

  private static double rounded(double value) {
    return Math.round(value * 1000) / 1000.0;
  }
}
