package dev.lanewise.optim;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** The schedules that span a whole training, by name. */
public final class Schedules {
  private static final Map<String, Schedule> NAMED =
      new TreeMap<>(
          Map.of(
              "constant", Schedule.CONSTANT,
              "cosine", Schedule.COSINE,
              "linear", Schedule.LINEAR,
              "multistep", Schedule.MULTISTEP,
              "one-cycle", new OneCycle(),
              "polynomial", Schedule.POLYNOMIAL));

  private Schedules() {}

  /** All names. */
  public static List<String> names() {
    return List.copyOf(NAMED.keySet());
  }

  /**
   * A schedule.
   *
   * @throws IllegalArgumentException when there is none of this name
   */
  public static Schedule named(String name) {
    Schedule schedule = NAMED.get(name.toLowerCase(Locale.ROOT));
    if (schedule == null) {
      throw new IllegalArgumentException(
          "There is no schedule '"
              + name
              + "'; expected one of "
              + String.join(", ", NAMED.keySet())
              + ".");
    }
    return schedule;
  }
}
