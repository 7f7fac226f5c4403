package dev.lanewise.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Lets the sides do some cases in turn, in several rounds, and makes rows of what they report. */
final class Turns {
  /** Begins the note of a side that cannot do a case. */
  static final String ABSENT = "absent: ";

  private final Forks processes;
  private final List<Side> sides;
  private final Map<Integer, Limits> limits;
  private final int forks;
  private final int tries;
  private final int patience;
  private final Map<Side, String> descriptions = new EnumMap<>(Side.class);

  /**
   * Turns of these sides.
   *
   * @param limits of the machine, by threads
   * @param forks rounds of one process of each side
   * @param tries how often a round is run at most, if other processes disturb it
   * @param patience seconds that each round waits at most for other processes to rest
   */
  Turns(
      Forks processes,
      List<Side> sides,
      Map<Integer, Limits> limits,
      int forks,
      int tries,
      int patience) {
    this.processes = processes;
    this.sides = sides;
    this.limits = limits;
    this.forks = forks;
    this.tries = tries;
    this.patience = patience;
  }

  /** What each side said of itself, as far as it has been measured. */
  Map<Side, String> descriptions() {
    return descriptions;
  }

  /**
   * What one process does: a whole family, but each network by itself, so that its memory can be
   * told, and that nothing else has shaped the compiled code.
   */
  static List<List<Case>> groups(List<Case> cases) {
    Map<String, List<Case>> groups = new LinkedHashMap<>();
    for (Case what : cases) {
      String group = what.alone() ? what.toString() : what.family();
      groups.computeIfAbsent(group, _ -> new ArrayList<>()).add(what);
    }
    return List.copyOf(groups.values());
  }

  /**
   * A row of each case of a group.
   *
   * @throws IllegalArgumentException when the sides compute different things
   */
  List<Row> measure(List<Case> group, int threads) throws IOException, InterruptedException {
    List<Side> able = sides.stream().filter(group.getFirst().sides()::contains).toList();
    List<Map<Side, Measurement>> rounds = new ArrayList<>();
    for (int fork = 0; fork < forks; fork++) {
      Map<Side, Measurement> round = round(group, able, threads);
      round.forEach(
          (side, measurement) -> descriptions.putIfAbsent(side, measurement.description()));
      rounds.add(round);
    }
    return group.stream().map(what -> row(what, threads, rounds, group.size())).toList();
  }

  private Row row(Case what, int threads, List<Map<Side, Measurement>> rounds, int groupSize) {
    Map<Side, double[]> times = new EnumMap<>(Side.class);
    Map<Side, Long> peaks = new EnumMap<>(Side.class);
    Map<Side, String> notes = new EnumMap<>(Side.class);
    double disturbance = 0;
    for (Side side : rounds.getFirst().keySet()) {
      List<Measurement> all = rounds.stream().map(round -> round.get(side)).toList();
      Measurement.Sample sample = all.getFirst().samples().get(what.toString());
      double[] found =
          all.stream()
              .mapToDouble(fork -> fork.samples().get(what.toString()).microseconds())
              .toArray();
      disturbance =
          Math.max(disturbance, all.stream().mapToDouble(Measurement::bystanders).max().orElse(0));
      if (Double.isNaN(found[0])) {
        notes.put(side, ABSENT + sample.note());
        continue;
      }
      times.put(side, found);
      if (!sample.note().isEmpty()) {
        notes.put(side, sample.note());
      }
      if (groupSize == 1 && what.alone()) {
        peaks.put(side, all.stream().mapToLong(Measurement::peakMemory).max().orElse(0));
      }
    }
    return new Row(what, threads, times, peaks, notes, limits.get(threads), disturbance);
  }

  /** One fork of each side, one after the other, again where another process disturbed them. */
  private Map<Side, Measurement> round(List<Case> group, List<Side> able, int threads)
      throws IOException, InterruptedException {
    Map<Side, Measurement> best = null;
    for (int i = 0; i < tries && (best == null || disturbance(best) > Bystanders.QUIET); i++) {
      Bystanders.awaitQuiet(patience);
      Map<Side, Measurement> round = new EnumMap<>(Side.class);
      for (Side side : able) {
        round.put(side, processes.measure(side, group, threads));
      }
      group.forEach(what -> checkSame(what, round));
      if (best == null || disturbance(round) < disturbance(best)) {
        best = round;
      }
    }
    return best;
  }

  private static double disturbance(Map<Side, Measurement> round) {
    return round.values().stream().mapToDouble(Measurement::bystanders).max().orElse(0);
  }

  /** Figures of sides that computed different things before they were timed are worth nothing. */
  static void checkSame(Case what, Map<Side, Measurement> round) {
    float[] first = null;
    Side firstSide = null;
    for (var entry : round.entrySet()) {
      float[] result = entry.getValue().samples().get(what.toString()).result();
      if (result.length == 0) {
        continue;
      }
      if (first == null) {
        first = result;
        firstSide = entry.getKey();
      } else if (!Digest.same(first, result, what.tolerance())) {
        throw new IllegalArgumentException(
            "%s: the sides compute different things, so their times do not count: %s has %s, %s has %s."
                .formatted(
                    what,
                    firstSide,
                    Arrays.toString(first),
                    entry.getKey(),
                    Arrays.toString(result)));
      }
    }
  }
}
