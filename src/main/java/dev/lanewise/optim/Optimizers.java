package dev.lanewise.optim;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/** The optimisers by name, with their options by keyword. */
public final class Optimizers {
  private static final Map<String, Function<List<ParameterGroup>, Optimizer>> KINDS =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("sgd", Sgd::new),
              Map.entry("adam", Adam::new),
              Map.entry("adamw", AdamW::new),
              Map.entry("nadam", NAdam::new),
              Map.entry("radam", RAdam::new),
              Map.entry("adamax", Adamax::new),
              Map.entry("rmsprop", RmsProp::new),
              Map.entry("adagrad", Adagrad::new),
              Map.entry("adadelta", Adadelta::new),
              Map.entry("asgd", Asgd::new),
              Map.entry("rprop", Rprop::new),
              Map.entry("lion", Lion::new)));

  private Optimizers() {}

  /** All names. */
  public static List<String> names() {
    return List.copyOf(KINDS.keySet());
  }

  /**
   * An optimiser.
   *
   * @param name one of {@link #names}, in any case
   * @throws IllegalArgumentException when there is none of this name, or it has no such option
   */
  public static Optimizer create(String name, List<ParameterGroup> groups) {
    Function<List<ParameterGroup>, Optimizer> kind = KINDS.get(name.toLowerCase(Locale.ROOT));
    if (kind == null) {
      throw new IllegalArgumentException(
          "There is no optimiser '"
              + name
              + "'; expected one of "
              + String.join(", ", KINDS.keySet())
              + ".");
    }
    return kind.apply(groups);
  }
}
