package dev.lanewise.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Lets the sides do the cases in turn, each time in a new process with an environment of its own,
 * compares what they compute, and prints medians and ratios.
 */
@Command(
    name = "bench/run",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpAutoWidth = true,
    description = {
      "Measures Lanewise beside libtorch, oneDNN and OpenBLAS: training steps and kernels.",
      "A ratio above 1 means that Lanewise is faster than the best of them."
    })
final class Compare implements Callable<Integer> {
  private static final String BASELINE = "bench/baseline.json";

  @Option(
      names = "--only",
      split = ",",
      paramLabel = "NAME",
      description = "rows whose names start so, for example conv,train/mlp (default: all)")
  List<String> only = List.of();

  @Option(
      names = "--shapes",
      split = ",",
      paramLabel = "SHAPE",
      description =
          "other shapes than those of the suite for the family named by --only, for example"
              + " 64x64x32x32:64:3:1:1 or 64x64x32x32:64:3:1:1/forward of conv")
  List<String> shapes = List.of();

  @Option(names = "--list", description = "print the names of the rows and end")
  boolean list;

  @Option(
      names = "--threads",
      split = ",",
      paramLabel = "N",
      description = "threads of each side (default: all processors, and 1; with --quick all)")
  List<Integer> threads = List.of();

  @Option(
      names = "--sides",
      split = ",",
      paramLabel = "SIDE",
      description = "${COMPLETION-CANDIDATES} (default: all)")
  List<Side> sides = List.of(Side.values());

  @Option(
      names = "--forks",
      paramLabel = "N",
      description = "processes of each side (default: 5; with --quick 1)")
  int forks;

  @Option(
      names = "--tries",
      paramLabel = "N",
      description =
          "how often a round of forks is run at most, if other processes disturb it (default: 3)")
  int tries = 3;

  @Option(
      names = "--patience",
      paramLabel = "SECONDS",
      description = "how long each round waits at most for other processes to rest (default: 20)")
  int patience = 20;

  @Option(
      names = "--warmup",
      paramLabel = "SECONDS",
      description =
          "longest warm-up of a case in each process; six times that for a training step"
              + " (default: 4; with --quick 2.5)")
  double warmup = Double.NaN;

  @Option(
      names = "--iterations",
      paramLabel = "N",
      description = "measured iterations of a case in each process (default: 5; with --quick 3)")
  int iterations;

  @Option(
      names = "--milliseconds",
      paramLabel = "N",
      description = "length of an iteration; ten times that for a training step (default: 60)")
  int milliseconds = 60;

  @Option(
      names = "--handover",
      paramLabel = "NANOS",
      description =
          "with several threads count iterations only while two processors hand each other a cache"
              + " line and back within such a time, for example ..150 or 200..; they wait up to 30 s"
              + " each (default: always)")
  String handover = "..";

  @Option(
      names = "--quick",
      description = "some rows of each family on all processors, 1 fork: within five minutes")
  boolean quick;

  @Option(
      names = "--lanewise-environment",
      paramLabel = "NAME=VALUE",
      description = "a variable for the processes of Lanewise, e.g. OPENBLAS_CORETYPE=Haswell")
  Map<String, String> lanewiseEnvironment = Map.of();

  @Option(names = "--json", paramLabel = "FILE", description = "also write the rows to this file")
  Path json;

  @Option(
      names = "--check",
      paramLabel = "FILE",
      arity = "0..1",
      fallbackValue = BASELINE,
      description =
          "compare the ratios with a baseline (default: ${FALLBACK-VALUE}); exit code 1 if any fell")
  Path check;

  @Option(
      names = "--write-baseline",
      paramLabel = "FILE",
      arity = "0..1",
      fallbackValue = BASELINE,
      description = "put the ratios into a baseline (default: ${FALLBACK-VALUE})")
  Path written;

  @Option(names = "--peer-libraries", hidden = true)
  Path peerLibraries = Path.of("bench", "target", "peer");

  public static void main(String[] arguments) {
    Locale.setDefault(Locale.ROOT);
    CommandLine command = new CommandLine(new Compare()).setCaseInsensitiveEnumValuesAllowed(true);
    command.setExecutionExceptionHandler((failure, line, _) -> {
      if (!(failure instanceof IllegalArgumentException || failure instanceof IOException)) {
        throw failure;
      }
      line.getErr().println(failure.getMessage());
      return CommandLine.ExitCode.USAGE;
    });
    System.exit(command.execute(arguments));
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    int processors = Runtime.getRuntime().availableProcessors();
    if (threads.isEmpty()) {
      threads = quick || processors == 1 ? List.of(processors) : List.of(processors, 1);
    }
    if (forks == 0) {
      forks = quick ? 1 : 5;
    }
    if (iterations == 0) {
      iterations = quick ? 3 : 5;
    }
    if (Double.isNaN(warmup)) {
      warmup = quick ? 2.5 : 4;
    }
    checkOptions();
    List<Case> cases =
        shapes.isEmpty() ? Suite.named(only, quick, list) : Suite.ofShapes(only.getFirst(), shapes);
    if (list) {
      cases.forEach(System.out::println);
      return CommandLine.ExitCode.OK;
    }
    Peer peer = Peer.find(peerLibraries.toAbsolutePath(), System.getenv());
    Effort effort = new Effort(warmup, iterations, milliseconds);
    Forks processes = new Forks(peer, lanewiseEnvironment, effort, Placement.parse(handover));
    if (check != null) {
      // Not after half an hour.
      Baseline.read(check);
    }
    warnOfLoad();
    if (sides.contains(Side.LIBTORCH)) {
      System.out.println(peer.describe());
    }
    Map<Integer, Limits> limits = new TreeMap<>();
    for (int count : threads) {
      Limits found = processes.limits(count);
      limits.put(count, found);
      System.out.printf(
          "limits with %d threads: %.0f GFLOP/s; memory: read %.1f, copy %.1f, triad %.1f GB/s%s%n",
          count,
          found.fma(),
          found.read(),
          found.copy(),
          found.triad(),
          count == 1 ? "" : "; handover %.0f ns".formatted(found.handover()));
    }
    System.out.printf(
        "%d %s of each side in turn, %d iterations of %d ms each (training: %d ms)%n%n%s%n",
        forks,
        forks == 1 ? "fork" : "forks",
        iterations,
        milliseconds,
        10 * milliseconds,
        Row.header(sides));

    Turns turns = new Turns(processes, sides, limits, forks, tries, patience);
    Map<Side, String> descriptions = turns.descriptions();
    List<Row> rows = new ArrayList<>();
    for (List<Case> group : Turns.groups(cases)) {
      for (int count : threads) {
        for (Row row : turns.measure(group, count)) {
          System.out.println(row.line(sides));
          rows.add(row);
        }
        // What has been measured is kept, however the rest goes.
        if (written != null) {
          Baseline.of(rows).write(written, Processor.kind(), descriptions.values().toString());
        }
        if (json != null) {
          new Report(descriptions, limits, peer.best(), forks, effort, rows).write(json);
        }
      }
    }
    System.out.println();
    descriptions.forEach((side, text) -> System.out.println(side + ": " + text));
    rows.stream()
        .flatMap(row -> row.notes().values().stream())
        .filter(note -> note.startsWith(Turns.ABSENT))
        .distinct()
        .forEach(System.out::println);
    System.out.printf("%n%s", Table.summary(rows));
    System.out.print(Table.memory(rows));
    return check == null ? CommandLine.ExitCode.OK : compare(cases, rows, turns);
  }

  /**
   * Says which rows fell below the baseline: those that fell again when they were measured a second
   * time, later, for an hour can be noisy in a row that was quiet when the baseline was written.
   */
  private int compare(List<Case> cases, List<Row> rows, Turns turns)
      throws IOException, InterruptedException {
    Baseline.Shelf shelf = Baseline.read(check);
    String processor = Processor.kind();
    Baseline baseline = shelf.on(processor);
    List<String> expected =
        cases.stream().flatMap(what -> threads.stream().map(count -> what + "@" + count)).toList();
    List<String> missing = baseline.missing(rows, expected);
    long known = rows.stream().filter(row -> baseline.ratios().containsKey(row.key())).count();
    String kind =
        shelf.knows(processor)
            ? processor
            : "the lowest of other processors, for it has none of " + processor;
    System.out.printf("%n%d rows compared with %s (%s)%n", known, check, kind);
    List<Baseline.Regression> regressions = new ArrayList<>();
    for (Baseline.Regression fallen : baseline.regressions(rows)) {
      System.out.println("measured again: " + fallen);
      List<Row> again = turns.measure(List.of(fallen.row().what()), fallen.row().threads());
      System.out.println(again.getFirst().line(sides));
      regressions.addAll(baseline.regressions(again));
    }
    regressions.forEach(regression -> System.out.println("SLOWER  " + regression));
    missing.forEach(row -> System.out.println("MISSING " + row));
    if (known == 0) {
      System.out.println("The baseline has none of these rows.");
    }
    return known > 0 && regressions.isEmpty() && missing.isEmpty()
        ? CommandLine.ExitCode.OK
        : CommandLine.ExitCode.SOFTWARE;
  }

  private void checkOptions() {
    if (threads.stream().anyMatch(number -> number < 1)) {
      throw new IllegalArgumentException("--threads must be 1 or more, not %s.".formatted(threads));
    }
    if (json != null && !Files.isDirectory(json.toAbsolutePath().getParent())) {
      throw new IllegalArgumentException("There is no folder for --json %s.".formatted(json));
    }
    if (forks < 1 || tries < 1 || iterations < 1 || milliseconds < 1 || !(warmup >= 0)) {
      throw new IllegalArgumentException(
          "--forks, --tries, --iterations and --milliseconds must be 1 or more and --warmup 0 or more.");
    }
    if (!shapes.isEmpty() && only.size() != 1) {
      throw new IllegalArgumentException(
          "--shapes needs --only with the one family that they are of; there are: %s."
              .formatted(String.join(", ", Suite.families())));
    }
  }

  private static void warnOfLoad() {
    double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    if (load > 0.5) {
      System.out.printf(
          "warning: the load of this machine is %.1f; figures are reliable only on an idle one%n",
          load);
    }
  }
}
