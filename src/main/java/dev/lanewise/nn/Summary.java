package dev.lanewise.nn;

import dev.lanewise.tensor.DryRun;
import dev.lanewise.tensor.Scope;
import dev.lanewise.tensor.Shape;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * What a network consists of, layer by layer: {@link Layer#summary}.
 *
 * @param input the shape of the input, batch included
 * @param rows the layers in the order of registration, the outermost first
 * @param parameters all of them, shared ones counted once
 * @param trained those that are not frozen
 * @param flops additions and multiplications of one forward, a multiply-add counting as two
 */
public record Summary(Shape input, List<Row> rows, long parameters, long trained, long flops) {
  public Summary {
    Objects.requireNonNull(input, "input");
    Objects.requireNonNull(rows, "rows");
  }

  /**
   * One layer.
   *
   * @param name as in the names of the parameters; empty for the network itself
   * @param depth how many layers stand around it
   * @param layer its kind and attributes
   * @param output the shape of its (last) output; empty where it was not called
   * @param parameters of the layer itself, without those of the layers inside
   * @param flops of the layer itself, see {@link Summary}
   */
  public record Row(
      String name, int depth, String layer, String output, long parameters, long flops) {
    public Row {
      Objects.requireNonNull(name, "name");
      Objects.requireNonNull(layer, "layer");
      Objects.requireNonNull(output, "output");
    }
  }

  /** What was seen of a layer. */
  private static final class Seen {
    String output = "";
    long flops;
  }

  static Summary of(Layer network, Shape input) {
    Map<Layer, Seen> seen = new IdentityHashMap<>();
    Map<Layer, Boolean> modes = new IdentityHashMap<>();
    List<Runnable> hooks = new ArrayList<>();
    long flops;
    try (Scope scope = Scope.open();
        DryRun run = DryRun.open()) {
      long[] told = {0};
      walk(
          network,
          layer -> {
            modes.put(layer, layer.training());
            Layer.ForwardHook hook =
                (which, x, y) -> {
                  // The work since the last layer told is this one's own: layers inside tell
                  // before.
                  Seen row = seen.computeIfAbsent(which, _ -> new Seen());
                  row.output = y.shape().toString();
                  row.flops += run.flops() - told[0];
                  told[0] = run.flops();
                };
            hooks.add(layer.onForward(hook));
          });
      network.train(false);
      network.call(DryRun.input(input));
      flops = run.flops();
    } finally {
      hooks.forEach(Runnable::run);
      walk(network, layer -> layer.restoreMode(modes.getOrDefault(layer, true)));
    }
    List<Row> rows = new ArrayList<>();
    collect("", 0, network, seen, rows);
    long trained =
        network.parameters().values().stream()
            .filter(parameter -> parameter.requiresGrad())
            .mapToLong(parameter -> parameter.size())
            .sum();
    return new Summary(input, List.copyOf(rows), network.parameterCount(), trained, flops);
  }

  private static void walk(Layer layer, Consumer<Layer> visit) {
    visit.accept(layer);
    layer.children().values().forEach(child -> walk(child, visit));
  }

  private static void collect(
      String name, int depth, Layer layer, Map<Layer, Seen> seen, List<Row> rows) {
    Seen row = seen.getOrDefault(layer, new Seen());
    long inside = layer.children().values().stream().mapToLong(Layer::parameterCount).sum();
    rows.add(
        new Row(
            name,
            depth,
            layer.children().isEmpty() ? layer.toString() : layer.getClass().getSimpleName(),
            row.output,
            Math.max(0, layer.parameterCount() - inside),
            row.flops));
    layer
        .children()
        .forEach((key, child) ->
            collect(name.isEmpty() ? key : name + "." + key, depth + 1, child, seen, rows));
  }

  /** The table, with a line for each layer and the sums at the end. */
  @Override
  public String toString() {
    List<String[]> cells = new ArrayList<>();
    cells.add(new String[] {"layer", "", "output", "parameters", "FLOPs"});
    for (Row row : rows) {
      cells.add(
          new String[] {
            "  ".repeat(row.depth) + row.name.substring(row.name.lastIndexOf('.') + 1),
            row.layer,
            row.output,
            row.parameters == 0 ? "" : grouped(row.parameters),
            row.flops == 0 ? "" : grouped(row.flops)
          });
    }
    int[] widths = new int[5];
    for (String[] line : cells) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], line[i].length());
      }
    }
    String format =
        "%-" + widths[0] + "s  %-" + widths[1] + "s  %-" + widths[2] + "s  %" + widths[3] + "s  %"
            + widths[4] + "s";
    StringBuilder text = new StringBuilder();
    for (String[] line : cells) {
      text.append(format.formatted((Object[]) line).stripTrailing()).append('\n');
    }
    return text.append(
            String.format(
                Locale.ROOT,
                "%nInput %s: %,d parameters (%,d trained), %.3f GFLOP forward.%n",
                input,
                parameters,
                trained,
                flops * 1e-9))
        .toString();
  }

  private static String grouped(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }
}
