package dev.lanewise.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Starts the measuring processes. What has to be set before a JVM starts (a preloaded library,
 * OpenMP's threads) is set for the processes of the peers alone.
 */
final class Forks {
  /** The variable with the threads of Lanewise. */
  static final String THREADS = "LANEWISE_THREADS";

  /** Variables that change the speed of a BLAS or of OpenMP: none is left from outside. */
  private static final List<String> REMOVED =
      List.of("OPENBLAS_", "OMP_", "GOMP_", "KMP_", "MKL_", "DNNL_", "LANEWISE_", "LD_PRELOAD");

  private final Peer peer;
  private final Map<String, String> lanewiseEnvironment;
  private final Effort effort;
  private final Placement placement;

  Forks(Peer peer, Map<String, String> lanewiseEnvironment, Effort effort, Placement placement) {
    this.peer = peer;
    this.lanewiseEnvironment = lanewiseEnvironment;
    this.effort = effort;
    this.placement = placement;
  }

  /** One new process of a side that does all these cases. */
  Measurement measure(Side side, List<Case> cases, int threads)
      throws IOException, InterruptedException {
    List<String> arguments = new ArrayList<>();
    arguments.add(Measuring.class.getName());
    arguments.add(side.toString());
    arguments.add(Double.toString(effort.warmup()));
    arguments.add(Integer.toString(effort.iterations()));
    arguments.add(Integer.toString(effort.milliseconds()));
    cases.forEach(what -> arguments.add(what.toString()));
    Bystanders bystanders = new Bystanders();
    String output = run(side, threads, arguments);
    return Measurement.parse(output, bystanders.cores());
  }

  /** The limits of the machine, measured with so many threads. */
  Limits limits(int threads) throws IOException, InterruptedException {
    return Limits.parse(run(Side.LANEWISE, threads, List.of(Limits.class.getName())));
  }

  private String run(Side side, int threads, List<String> arguments)
      throws IOException, InterruptedException {
    Process process = start(side, threads, arguments);
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int exit = process.waitFor();
    if (exit != 0) {
      throw new IOException(
          "The process of %s failed with exit code %d:%n%s".formatted(side, exit, output));
    }
    return output;
  }

  /**
   * A new process of a side; its errors come with its output.
   *
   * @param arguments flags of the JVM, the main class and its arguments
   */
  Process start(Side side, int threads, List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElse("java"));
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("java.class.path"),
            "--enable-native-access=ALL-UNNAMED",
            "-XX:+UseSerialGC",
            "-Djmh.ignoreLock=true"));
    command.addAll(side.flags());
    if (threads > 1) {
      command.add("-D" + Placement.PROPERTY + "=" + placement);
    }
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    Map<String, String> environment = builder.environment();
    environment.keySet().removeIf(name -> REMOVED.stream().anyMatch(name::startsWith));
    switch (side) {
      case LANEWISE -> {
        environment.put(THREADS, Integer.toString(threads));
        environment.putAll(lanewiseEnvironment);
      }
      case LIBTORCH, ONEDNN -> peer.prepare(environment, threads);
      case OPENBLAS -> environment.put(THREADS, Integer.toString(threads));
    }
    return builder.start();
  }
}
