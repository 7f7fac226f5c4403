package dev.lanewise.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * What a start costs: the time from the start of a process to the end of its first training step,
 * and to the end of as many steps as an epoch has, for Lanewise and for libtorch. The sides take
 * turns; the first process of each is not counted, for it brings the files into memory. It also
 * leaves an archive of the classes that it loaded, as {@code ./lanewise} has one from its build:
 * libtorch is called from a JVM here, too, and gains as much by it.
 */
@Command(
    name = "bench/first-step",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpAutoWidth = true,
    description = "Measures the time from the start of a process to its first step and epoch.")
final class FirstStep implements Callable<Integer> {
  private static final String FIRST = "first-step";
  private static final String EPOCH = "epoch";

  @Option(
      names = "--case",
      paramLabel = "NAME",
      description = "the training step (default: train/lenet5/64)")
  String name = "train/lenet5/64";

  @Option(
      names = "--steps",
      paramLabel = "N",
      description = "steps of an epoch (default: 938, those of MNIST in batches of 64)")
  int steps = 938;

  @Option(names = "--runs", paramLabel = "N", description = "processes of each side (default: 7)")
  int runs = 7;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "threads of each side (default: all processors)")
  int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--lanewise-flag",
      paramLabel = "FLAG",
      description = "a further flag for the JVM of Lanewise, e.g. -XX:CICompilerCount=3")
  List<String> lanewiseFlags = List.of();

  @Option(names = "--json", paramLabel = "FILE", description = "also write all times to this file")
  Path json;

  @Option(
      names = "--peer-libraries",
      paramLabel = "DIR",
      description = "where bench/setup.sh unpacked the peer's libraries",
      hidden = true)
  Path peerLibraries = Path.of("bench/target/peer");

  @Option(
      names = "--without-archives",
      description = "load classes as a plain JVM does, on both sides")
  boolean withoutArchives;

  @Option(
      names = "--archives",
      paramLabel = "DIR",
      description = "where the archives of loaded classes are put",
      hidden = true)
  Path archives = Path.of("bench/target");

  private FirstStep() {}

  /** Seconds from the start of a process. */
  private record Times(double first, double epoch) {}

  public static void main(String[] arguments) {
    System.exit(new CommandLine(new FirstStep()).execute(arguments));
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Peer peer = Peer.find(peerLibraries, System.getenv());
    System.out.println(peer.describe());
    Forks forks = new Forks(peer, Map.of(), null, Placement.ANY);
    Map<Side, List<Times>> times = new EnumMap<>(Side.class);
    for (int run = 0; run <= runs; run++) {
      for (Side side : List.of(Side.LANEWISE, Side.LIBTORCH)) {
        Times measured = measure(forks, side, archiveFlags(side, run));
        if (run > 0) {
          times.computeIfAbsent(side, _ -> new ArrayList<>()).add(measured);
        }
      }
    }
    System.out.printf(
        Locale.ROOT,
        "%n%s, %d threads, medians of %d processes%n%-10s %16s %16s%n",
        name,
        threads,
        runs,
        "",
        "first step, s",
        steps + " steps, s");
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("case", name);
    document.put("threads", threads);
    document.put("steps", steps);
    document.put("peer_at_its_best", peer.best());
    times.forEach((side, all) -> {
      double[] first = all.stream().mapToDouble(Times::first).sorted().toArray();
      double[] epoch = all.stream().mapToDouble(Times::epoch).sorted().toArray();
      System.out.printf(Locale.ROOT, "%-10s %16.2f %16.2f%n", side, median(first), median(epoch));
      document.put(side + "_first_step_seconds", Arrays.stream(first).boxed().toList());
      document.put(side + "_epoch_seconds", Arrays.stream(epoch).boxed().toList());
    });
    if (json != null) {
      Report.Json.write(json, document);
    }
    return 0;
  }

  private List<String> archiveFlags(Side side, int run) {
    if (withoutArchives) {
      return List.of();
    }
    String use = run == 0 ? "-XX:ArchiveClassesAtExit=" : "-XX:SharedArchiveFile=";
    return List.of("-Xlog:cds*=off,aot*=off", use + archives.resolve(side + ".jsa"));
  }

  private Times measure(Forks forks, Side side, List<String> flags)
      throws IOException, InterruptedException {
    List<String> arguments = new ArrayList<>(flags);
    if (side == Side.LANEWISE) {
      arguments.addAll(lanewiseFlags);
    }
    arguments.addAll(
        List.of(Steps.class.getName(), side.toString(), name, Integer.toString(steps)));
    long start = System.nanoTime();
    Process process = forks.start(side, threads, arguments);
    double first = Double.NaN;
    double epoch = Double.NaN;
    StringBuilder output = new StringBuilder();
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        double seconds = (System.nanoTime() - start) * 1e-9;
        if (line.equals(Measuring.MARK + FIRST)) {
          first = seconds;
        } else if (line.equals(Measuring.MARK + EPOCH)) {
          epoch = seconds;
        }
        output.append(line).append('\n');
      }
    }
    if (process.waitFor() != 0 || Double.isNaN(epoch)) {
      throw new IOException("The process of %s failed:%n%s".formatted(side, output));
    }
    return new Times(first, epoch);
  }

  /** The middle of sorted values. */
  private static double median(double[] sorted) {
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /** What runs in the process. Arguments: the side, the case, the steps. */
  static final class Steps {
    private Steps() {}

    public static void main(String[] arguments) {
      Side side = Side.valueOf(arguments[0].toUpperCase(Locale.ROOT));
      int steps = Integer.parseInt(arguments[2]);
      Work work = side.work(Case.parse(arguments[1]));
      work.run();
      System.out.println(Measuring.MARK + FIRST);
      for (int i = 1; i < steps; i++) {
        work.run();
      }
      System.out.println(Measuring.MARK + EPOCH);
      System.exit(0); // no side's worker threads are to hold the process
    }
  }
}
