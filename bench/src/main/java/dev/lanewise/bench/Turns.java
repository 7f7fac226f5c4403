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
   * @param limits of the machine, by threads; those of memory are measured again in each round
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
    List<Round> rounds = new ArrayList<>();
    for (int fork = 0; fork < forks; fork++) {
      Round round = round(group, able, threads);
      round.sides.forEach(
          (side, measurement) -> descriptions.putIfAbsent(side, measurement.description()));
      rounds.add(round);
    }
    return group.stream().map(what -> row(what, threads, rounds, group.size())).toList();
  }

  private static Row row(Case what, int threads, List<Round> rounds, int groupSize) {
    Map<Side, double[]> times = new EnumMap<>(Side.class);
    Map<Side, double[]> handovers = new EnumMap<>(Side.class);
    Map<Side, Long> peaks = new EnumMap<>(Side.class);
    Map<Side, String> notes = new EnumMap<>(Side.class);
    double disturbance = 0;
    for (Side side : rounds.getFirst().sides.keySet()) {
      List<Measurement> all = rounds.stream().map(round -> round.sides.get(side)).toList();
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
      handovers.put(
          side,
          all.stream()
              .mapToDouble(fork -> fork.samples().get(what.toString()).handover())
              .toArray());
      if (!sample.note().isEmpty()) {
        notes.put(side, sample.note());
      }
      if (groupSize == 1 && what.alone()) {
        peaks.put(side, all.stream().mapToLong(Measurement::peakMemory).max().orElse(0));
      }
    }
    List<Limits> beside = rounds.stream().map(Round::limits).toList();
    return new Row(what, threads, times, handovers, peaks, notes, beside, disturbance);
  }

  /** One fork of each side, one after the other, again where another process disturbed them. */
  private Round round(List<Case> group, List<Side> able, int threads)
      throws IOException, InterruptedException {
    Round best = null;
    for (int i = 0; i < tries && (best == null || best.disturbance() > Bystanders.QUIET); i++) {
      Bystanders.awaitQuiet(patience);
      // The speed of memory, which others share, may halve within minutes.
      boolean memory = group.stream().anyMatch(Case::boundByMemory);
      Limits beside = memory ? processes.limits(threads) : limits.get(threads);
      Map<Side, Measurement> measured = new EnumMap<>(Side.class);
      for (Side side : able) {
        measured.put(side, processes.measure(side, group, threads));
      }
      group.forEach(what -> checkSame(what, measured));
      Round round = new Round(measured, beside);
      if (best == null || round.disturbance() < best.disturbance()) {
        best = round;
      }
    }
    return best;
  }

  /** What one process of each side found, and what the machine could do beside. */
  private record Round(Map<Side, Measurement> sides, Limits limits) {
    double disturbance() {
      return sides.values().stream().mapToDouble(Measurement::bystanders).max().orElse(0);
    }
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
