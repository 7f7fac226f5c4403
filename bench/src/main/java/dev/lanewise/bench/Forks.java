package dev.lanewise.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.jr.ob.JSON;

/**
 * Starts the measuring processes. What has to be set before a JVM starts (a preloaded library,
 * OpenMP's threads) is set for the libtorch processes alone.
 */
final class Forks {
  /** Variables that change the speed of a BLAS or of OpenMP: none is left from outside. */
  private static final List<String> REMOVED =
      List.of("OPENBLAS_", "OMP_", "GOMP_", "KMP_", "MKL_", "DNNL_", "LANEWISE_", "LD_PRELOAD");

  private final Peer peer;
  private final Map<String, String> lanewiseEnvironment;
  private final int warmup;
  private final int iterations;

  Forks(Peer peer, Map<String, String> lanewiseEnvironment, int warmup, int iterations) {
    this.peer = peer;
    this.lanewiseEnvironment = lanewiseEnvironment;
    this.warmup = warmup;
    this.iterations = iterations;
  }

  /** The lines of {@link FirstResults}: a description, then the results of each case. */
  List<String> firstResults(Side side, List<Case> cases, int threads)
      throws IOException, InterruptedException {
    List<String> arguments = new ArrayList<>();
    arguments.add("--enable-native-access=ALL-UNNAMED");
    if (side == Side.LANEWISE) {
      arguments.add("--add-modules=jdk.incubator.vector");
    }
    arguments.add(FirstResults.class.getName());
    arguments.add(side.toString());
    cases.forEach(what -> arguments.add(what.toString()));
    List<String> lines =
        run(side, threads, arguments)
            .lines()
            .filter(line -> line.startsWith(FirstResults.MARK))
            .map(line -> line.substring(FirstResults.MARK.length()))
            .toList();
    if (lines.size() != cases.size() + 1) {
      throw new IOException(
          "%s gave %d results, not %d.".formatted(side, lines.size() - 1, cases.size()));
    }
    return lines;
  }

  /**
   * What one process measured.
   *
   * @param microseconds the median time of one operation
   * @param bystanders the cores that other processes kept busy meanwhile
   */
  record Timing(double microseconds, double bystanders) {}

  /** Times one operation in one new process, by JMH. */
  Timing time(Side side, Case what, int threads) throws IOException, InterruptedException {
    Path result = Files.createTempFile("lanewise-bench", ".json");
    try {
      List<String> arguments = new ArrayList<>();
      // JMH waits for its fork in a thread whose stack is too small beside preloaded libraries.
      arguments.add("-Djdk.lang.processReaperUseDefaultStackSize=true");
      arguments.add("org.openjdk.jmh.Main");
      arguments.add("^%s\\.%s\\.".formatted(what.benchmark().getName(), side.nestedClass()));
      what.parameters()
          .forEach((name, value) -> arguments.addAll(List.of("-p", name + "=" + value)));
      arguments.addAll(List.of("-f", "1", "-w", "1s", "-r", "1s"));
      arguments.addAll(
          List.of("-wi", Integer.toString(warmup), "-i", Integer.toString(iterations)));
      arguments.addAll(List.of("-rf", "json", "-rff", result.toString(), "-foe", "true"));
      Bystanders bystanders = new Bystanders();
      String output = run(side, threads, arguments);
      double busy = bystanders.cores();
      Object[] runs = JSON.std.arrayFrom(Files.readString(result));
      if (runs.length != 1) {
        throw new IOException("JMH gave no result for %s of %s:%n%s".formatted(what, side, output));
      }
      Map<?, ?> metric = (Map<?, ?>) ((Map<?, ?>) runs[0]).get("primaryMetric");
      List<?> fork = (List<?>) ((List<?>) metric.get("rawData")).getFirst();
      double[] scores =
          fork.stream().mapToDouble(score -> ((Number) score).doubleValue()).toArray();
      return new Timing(Row.median(scores), busy);
    } finally {
      Files.delete(result);
    }
  }

  private String run(Side side, int threads, List<String> arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElse("java"));
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    Map<String, String> environment = builder.environment();
    environment.keySet().removeIf(name -> REMOVED.stream().anyMatch(name::startsWith));
    switch (side) {
      case LANEWISE -> {
        environment.put("LANEWISE_THREADS", Integer.toString(threads));
        environment.putAll(lanewiseEnvironment);
      }
      case LIBTORCH -> peer.prepare(environment, threads);
    }
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int exit = process.waitFor();
    if (exit != 0) {
      throw new IOException(
          "The process of %s failed with exit code %d:%n%s".formatted(side, exit, output));
    }
    return output;
  }
}
