package dev.lanewise.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.jr.ob.JSON;

/**
 * Compares the two sides: checks first that they compute the same, then lets them run in turn, each
 * time in a new process with an environment of its own, and prints medians and ratios.
 */
@Command(
    name = "bench/run",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpAutoWidth = true,
    description = {
      "Measures Lanewise beside libtorch: training steps and matrix products.",
      "A ratio above 1 means that Lanewise is faster."
    })
final class Compare implements Callable<Integer> {
  @Option(
      names = "--models",
      split = ",",
      paramLabel = "NAME",
      description = "models whose training steps are measured (default: all)")
  List<String> models = Network.names();

  @Option(
      names = "--batch",
      split = ",",
      paramLabel = "N",
      description = "batch sizes (default: 64,256)")
  List<Integer> batches = List.of(64, 256);

  @Option(
      names = "--shapes",
      split = ",",
      paramLabel = "MxNxK[:NT]",
      description = "matrix products; T means that A, or B, lies transposed in memory")
  List<String> shapes =
      List.of(
          "64x64x64:NN",
          "256x256x256:NN",
          "512x512x512:NN",
          "1024x1024x1024:NN",
          "64x512x784:NT",
          "512x784x64:TN",
          "128x12544x1152:NN");

  @Option(
      names = "--only",
      paramLabel = "WHAT",
      description = "'train' or 'gemm' alone (default: both)")
  String only = "";

  @Option(
      names = "--threads",
      split = ",",
      paramLabel = "N",
      description = "threads of either side (default: all processors, and 1)")
  List<Integer> threads =
      List.of(Runtime.getRuntime().availableProcessors(), 1).stream().distinct().toList();

  @Option(
      names = "--sides",
      split = ",",
      paramLabel = "SIDE",
      description = "${COMPLETION-CANDIDATES} (default: both)")
  List<Side> sides = List.of(Side.values());

  @Option(names = "--forks", paramLabel = "N", description = "processes of each side (default: 5)")
  int forks = 5;

  @Option(
      names = "--tries",
      paramLabel = "N",
      description =
          "how often a pair of forks is run at most, if other processes disturb it (default: 3)")
  int tries = 3;

  @Option(
      names = "--patience",
      paramLabel = "SECONDS",
      description = "how long each pair waits at most for other processes to rest (default: 20)")
  int patience = 20;

  @Option(
      names = "--warmup",
      paramLabel = "N",
      description = "iterations of a second each before measuring (default: 4)")
  int warmup = 4;

  @Option(
      names = "--iterations",
      paramLabel = "N",
      description = "measured iterations of a second each, in each process (default: 3)")
  int iterations = 3;

  @Option(
      names = "--quick",
      description = "batch 64, one product, 3 forks, 2 seconds each: about five minutes")
  boolean quick;

  @Option(
      names = "--lanewise-environment",
      paramLabel = "NAME=VALUE",
      description = "a variable for the processes of Lanewise, e.g. OPENBLAS_CORETYPE=Haswell")
  Map<String, String> lanewiseEnvironment = Map.of();

  @Option(names = "--json", paramLabel = "FILE", description = "also write the rows to this file")
  Path json;

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
    if (quick) {
      batches = List.of(64);
      shapes = List.of("512x512x512:NN");
      forks = 3;
      warmup = 3;
      iterations = 2;
    }
    List<Case> cases = cases();
    Peer peer = Peer.find(peerLibraries.toAbsolutePath(), System.getenv());
    Forks processes = new Forks(peer, lanewiseEnvironment, warmup, iterations);

    warnOfLoad();
    if (sides.contains(Side.LIBTORCH)) {
      System.out.println(peer.describe());
    }
    Map<Side, String> descriptions = check(cases, processes);
    System.out.printf(
        "%d forks of each side in turn, %d s warm-up, %d s measured%n%n%s%n",
        forks, warmup, iterations, Row.header());
    List<Row> rows = new ArrayList<>();
    for (Case what : cases) {
      for (int threadCount : threads) {
        Row row = measure(what, threadCount, processes);
        System.out.println(row.line());
        rows.add(row);
        // What has been measured is kept, however the rest goes.
        write(rows, descriptions, peer);
      }
    }
    return CommandLine.ExitCode.OK;
  }

  private List<Case> cases() {
    if (!List.of("", "train", "gemm").contains(only)) {
      throw new IllegalArgumentException("--only takes train or gemm, not '%s'.".formatted(only));
    }
    if (Stream.of(batches, threads).flatMap(List::stream).anyMatch(number -> number < 1)) {
      throw new IllegalArgumentException(
          "--batch and --threads must be 1 or more, not %s and %s.".formatted(batches, threads));
    }
    if (json != null && !Files.isDirectory(json.toAbsolutePath().getParent())) {
      throw new IllegalArgumentException("There is no folder for --json %s.".formatted(json));
    }
    if (forks < 1 || tries < 1 || iterations < 1 || warmup < 0) {
      throw new IllegalArgumentException(
          "--forks, --tries and --iterations must be 1 or more and --warmup 0 or more, "
              + "not %d, %d, %d and %d.".formatted(forks, tries, iterations, warmup));
    }
    List<Case> cases = new ArrayList<>();
    if (!only.equals("gemm")) {
      for (String model : models) {
        for (int batch : batches) {
          cases.add(new Case.TrainStep(Network.named(model), batch));
        }
      }
    }
    if (!only.equals("train")) {
      shapes.forEach(shape -> cases.add(Case.Gemm.parse(shape)));
    }
    return cases;
  }

  private Row measure(Case what, int threadCount, Forks processes)
      throws IOException, InterruptedException {
    Map<Side, double[]> rates = new EnumMap<>(Side.class);
    sides.forEach(side -> rates.put(side, new double[forks]));
    double disturbance = 0;
    for (int fork = 0; fork < forks; fork++) {
      Round round = round(what, threadCount, processes);
      for (int i = 0; i < round.timings().size(); i++) {
        rates.get(sides.get(i))[fork] = what.rate(round.timings().get(i).microseconds());
      }
      disturbance = Math.max(disturbance, round.disturbance());
    }
    return new Row(what, threadCount, rates, disturbance);
  }

  /** One fork of each side, one after the other, again where another process disturbed them. */
  private Round round(Case what, int threadCount, Forks processes)
      throws IOException, InterruptedException {
    Round best = null;
    for (int i = 0; i < tries && (best == null || best.disturbance() > Bystanders.QUIET); i++) {
      Bystanders.awaitQuiet(patience);
      List<Forks.Timing> timings = new ArrayList<>();
      for (Side side : sides) {
        timings.add(processes.time(side, what, threadCount));
      }
      Round round = new Round(timings);
      if (best == null || round.disturbance() < best.disturbance()) {
        best = round;
      }
    }
    return best;
  }

  /** A fork of each side. */
  private record Round(List<Forks.Timing> timings) {
    double disturbance() {
      return timings.stream().mapToDouble(Forks.Timing::bystanders).max().orElse(0);
    }
  }

  /** Lets each side compute the first results of all cases; throws where they differ. */
  private Map<Side, String> check(List<Case> cases, Forks processes)
      throws IOException, InterruptedException {
    int most = threads.stream().mapToInt(Integer::intValue).max().orElseThrow();
    Map<Side, String> descriptions = new EnumMap<>(Side.class);
    Map<Side, List<String>> results = new EnumMap<>(Side.class);
    for (Side side : sides) {
      List<String> lines = processes.firstResults(side, cases, most);
      descriptions.put(side, lines.getFirst());
      results.put(side, lines.subList(1, lines.size()));
      System.out.println(side + ": " + lines.getFirst());
    }
    if (results.size() == Side.values().length) {
      for (int i = 0; i < cases.size(); i++) {
        checkEqual(results.get(Side.LANEWISE).get(i), results.get(Side.LIBTORCH).get(i));
      }
      System.out.println("checked: both sides compute the same in all cases");
    }
    return descriptions;
  }

  private static void checkEqual(String lanewise, String libtorch) {
    String[] ours = lanewise.split(" ");
    String[] theirs = libtorch.split(" ");
    for (int i = 1; i < theirs.length; i++) {
      double expected = Double.parseDouble(theirs[i]);
      double tolerance = 1e-3 * Math.max(1, Math.abs(expected));
      // Not "greater than": a NaN is different, too.
      if (!(Math.abs(Double.parseDouble(ours[i]) - expected) <= tolerance)) {
        throw new IllegalArgumentException(
            "The sides differ, so nothing is timed: Lanewise has %s, libtorch has %s."
                .formatted(lanewise, libtorch));
      }
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

  private void write(List<Row> rows, Map<Side, String> descriptions, Peer peer) throws IOException {
    if (json == null) {
      return;
    }
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("java", Runtime.version().toString());
    document.put("processors", Runtime.getRuntime().availableProcessors());
    descriptions.forEach((side, text) -> document.put(side.toString(), text));
    document.put("peer_at_its_best", peer.best());
    document.put("forks", forks);
    document.put("warmup_seconds", warmup);
    document.put("measured_seconds", iterations);
    document.put("rows", rows.stream().map(Row::toJson).toList());
    Path target = json.toAbsolutePath();
    Path written = target.resolveSibling(target.getFileName() + ".part");
    Files.writeString(
        written, JSON.std.with(JSON.Feature.PRETTY_PRINT_OUTPUT).asString(document) + "\n");
    Files.move(
        written, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
