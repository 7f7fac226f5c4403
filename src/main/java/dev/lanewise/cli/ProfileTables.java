package dev.lanewise.cli;

import dev.lanewise.tensor.Profile;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/** A profile as text for the terminal and as members for JSON, by step. */
final class ProfileTables {
  private static final String[] OPERATION_HEADER = {
    "", "pass", "calls", "ms", "time", "GFLOP/s", "GB/s", "roofline", "reorders", "MB", "fresh MB"
  };
  private static final String[] LAYER_HEADER = {
    "", "forward ms", "backward ms", "time", "GFLOP/s", "roofline", "reorders", "MB", "fresh MB"
  };

  private final Profile profile;
  private final int steps;

  ProfileTables(Profile profile, int steps) {
    this.profile = profile;
    this.steps = steps;
  }

  /** All tables; of the operations in layers the longest {@code most}. */
  String all(int most) {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "%d steps of %.3f ms, %d %s; limits: %.0f GFLOP/s, %.1f GB/s%s%n",
            steps,
            1e3 * profile.seconds() / steps,
            profile.threads(),
            profile.threads() == 1 ? "thread" : "threads",
            profile.peak(),
            profile.bandwidth(),
            profile.handover() == 0
                ? ""
                : String.format(Locale.ROOT, ", handover %.0f ns", profile.handover())));
    table(text, "By operation", OPERATION_HEADER, profile.byOperation(), this::cells);
    table(text, "By layer", LAYER_HEADER, layers(), this::cells);
    List<Profile.Row> longest =
        profile.rows().stream()
            .sorted(Comparator.comparingDouble((Profile.Row row) -> -row.seconds()))
            .limit(most)
            .toList();
    if (most > 0) {
      table(text, "Operations in layers", OPERATION_HEADER, longest, this::cells);
    }
    table(text, "All", OPERATION_HEADER, profile.byPass(), this::cells);
    text.append(
        String.format(
            Locale.ROOT,
            "%nOutside of operations: %.3f ms (%.1f%%).%n",
            1e3 * profile.otherSeconds() / steps,
            100 * profile.otherSeconds() / profile.seconds()));
    return text.toString();
  }

  /** A layer with its passes. */
  private static final class LayerRow {
    String name = "";
    double forward;
    double backward;
    double limit;
    long reorders;
    long allocated;
    long fresh;
    long flops;
  }

  /** Both passes of a layer in one row; what belongs to no layer comes first. */
  private List<LayerRow> layers() {
    Map<String, LayerRow> layers = new LinkedHashMap<>();
    layers.put("", new LayerRow());
    for (Profile.Row row : profile.byLayer()) {
      if (row.pass() == Profile.Pass.UPDATE) {
        continue;
      }
      LayerRow layer = layers.computeIfAbsent(row.layer(), _ -> new LayerRow());
      layer.name = row.layer().isEmpty() ? "(outside: loss)" : row.layer();
      if (row.pass() == Profile.Pass.FORWARD) {
        layer.forward += row.seconds();
      } else {
        layer.backward += row.seconds();
      }
      layer.limit += row.limitSeconds();
      layer.flops += row.flops();
      layer.reorders += row.reorders();
      layer.allocated += row.allocatedBytes();
      layer.fresh += row.freshBytes();
    }
    return List.copyOf(layers.values());
  }

  private <R> void table(
      StringBuilder text,
      String title,
      String[] columns,
      List<R> rows,
      Function<R, String[]> cells) {
    List<String[]> lines = new ArrayList<>();
    String[] header = columns.clone();
    header[0] = title;
    lines.add(header);
    rows.forEach(row -> lines.add(cells.apply(row)));
    int[] widths = new int[header.length];
    for (String[] line : lines) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], line[i].length());
      }
    }
    text.append(System.lineSeparator());
    for (String[] line : lines) {
      StringBuilder padded = new StringBuilder();
      for (int i = 0; i < widths.length; i++) {
        String format = (i == 0 ? "%-" : "%") + widths[i] + "s  ";
        padded.append(String.format(Locale.ROOT, format, line[i]));
      }
      text.append(padded.toString().stripTrailing()).append(System.lineSeparator());
    }
  }

  private String[] cells(LayerRow layer) {
    double seconds = layer.forward + layer.backward;
    return new String[] {
      layer.name,
      String.format(Locale.ROOT, "%.3f", 1e3 * layer.forward / steps),
      String.format(Locale.ROOT, "%.3f", 1e3 * layer.backward / steps),
      String.format(Locale.ROOT, "%.1f%%", 100 * seconds / profile.seconds()),
      number("%.1f", seconds == 0 ? 0 : layer.flops / seconds * 1e-9),
      number("%.0f%%", seconds == 0 ? 0 : 100 * layer.limit / seconds),
      number("%.0f", (double) layer.reorders / steps),
      number("%.1f", 1e-6 * layer.allocated / steps),
      number("%.1f", 1e-6 * layer.fresh / steps)
    };
  }

  private String[] cells(Profile.Row row) {
    return new String[] {
      name(row),
      row.pass().name().toLowerCase(Locale.ROOT),
      number("%.0f", (double) row.calls() / steps),
      String.format(Locale.ROOT, "%.3f", 1e3 * row.seconds() / steps),
      String.format(Locale.ROOT, "%.1f%%", 100 * row.seconds() / profile.seconds()),
      number("%.1f", row.gigaflops()),
      number("%.1f", row.gigabytes()),
      number("%.0f%%", 100 * row.share()),
      number("%.0f", (double) row.reorders() / steps),
      number("%.1f", 1e-6 * row.allocatedBytes() / steps),
      number("%.1f", 1e-6 * row.freshBytes() / steps)
    };
  }

  private static String name(Profile.Row row) {
    return (row.layer() + "  " + row.operation()).strip();
  }

  /** Nothing for 0. */
  private static String number(String format, double value) {
    return value == 0 ? "" : String.format(Locale.ROOT, format, value);
  }

  /** The members of the JSON object; figures are of one step. */
  Map<String, Object> json(String model, int batch) {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("model", model);
    members.put("batch", batch);
    members.put("threads", profile.threads());
    members.put("steps", steps);
    members.put("peak_gflops", profile.peak());
    members.put("bandwidth_gbytes", profile.bandwidth());
    members.put("handover_nanoseconds", profile.handover());
    members.put("seconds", profile.seconds() / steps);
    members.put("other_seconds", profile.otherSeconds() / steps);
    members.put("rows", profile.rows().stream().map(this::json).toList());
    members.put("by_operation", profile.byOperation().stream().map(this::json).toList());
    members.put("by_layer", profile.byLayer().stream().map(this::json).toList());
    return members;
  }

  private Map<String, Object> json(Profile.Row row) {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("layer", row.layer());
    members.put("operation", row.operation());
    members.put("pass", row.pass().name().toLowerCase(Locale.ROOT));
    members.put("calls", (double) row.calls() / steps);
    members.put("seconds", row.seconds() / steps);
    members.put("flops", row.flops() / steps);
    members.put("bytes", row.bytes() / steps);
    members.put("gflops", row.gigaflops());
    members.put("gbytes", row.gigabytes());
    members.put("roofline_share", row.share());
    members.put("reorders", (double) row.reorders() / steps);
    members.put("allocated_bytes", row.allocatedBytes() / steps);
    members.put("fresh_bytes", row.freshBytes() / steps);
    return members;
  }
}
