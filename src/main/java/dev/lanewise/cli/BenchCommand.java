package dev.lanewise.cli;

import dev.lanewise.blas.Blas;
import dev.lanewise.io.AtomicFile;
import dev.lanewise.kernel.product.BlasRule;
import dev.lanewise.kernel.team.Team;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.model.Model;
import dev.lanewise.model.Models;
import dev.lanewise.nn.Layer;
import dev.lanewise.optim.Sgd;
import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Scope;
import dev.lanewise.tensor.Tape;
import dev.lanewise.tensor.Tensor;
import dev.lanewise.train.Trainer;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.jr.ob.JSON;

/** {@code lanewise bench}: steady speed of whole training steps, for people and for scripts. */
@Command(
    name = "bench",
    description = {
      "Measures training and evaluation on random data in memory.",
      "Each figure is the median of several timed windows; a training step is forward,"
          + " cross-entropy, backward and SGD with momentum.",
      "Before them it warms up: until, for the length of eight windows, nothing has become faster"
          + " and the compiler has taken less than a hundredth of the time, for a hundred windows at"
          + " most.",
    },
    mixinStandardHelpOptions = true)
final class BenchCommand implements Callable<Integer> {
  private static final float LEARNING_RATE = 0.01f;
  private static final float MOMENTUM = 0.9f;

  /** Warm-up ends when it has been calm for so many lengths of a window, */
  private static final double CALM_WINDOWS = 8;

  /** or after so many: the compiler needs some thousand steps, and longer on a busy machine. */
  private static final double MOST_WARM_UP_WINDOWS = 100;

  @Option(
      names = "--models",
      split = ",",
      paramLabel = "NAME",
      defaultValue = "mlp,lenet5",
      description = "The models, separated by commas (default: ${DEFAULT-VALUE}).")
  private List<String> models = List.of();

  @Option(
      names = "--batch",
      split = ",",
      paramLabel = "N",
      defaultValue = "64",
      description = "The batch sizes, separated by commas (default: ${DEFAULT-VALUE}).")
  private List<Integer> batches = List.of();

  @Mixin private final EngineOptions engine = new EngineOptions();

  @Option(
      names = "--windows",
      paramLabel = "N",
      defaultValue = "7",
      description = "Timed windows of each figure, at least 5 (default: ${DEFAULT-VALUE}).")
  private int windows;

  @Option(
      names = "--seconds",
      paramLabel = "X",
      defaultValue = "0.25",
      description = "Length of a window (default: ${DEFAULT-VALUE}).")
  private double seconds;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Write the figures to this file as a JSON array.")
  private @Nullable Path json;

  @Option(
      names = "--in-process",
      hidden = true,
      description =
          "Measure all models in this process; only of the first the peak of its memory is known.")
  private boolean inProcess;

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli injects the specification
  BenchCommand() {}

  @Override
  public Integer call() throws IOException {
    if (windows < 5) {
      throw new BadInputException("--windows is " + windows + "; expected a number from 5.");
    }
    for (int batch : batches) {
      if (batch < 1) {
        throw new BadInputException("--batch is " + batch + "; expected a number from 1.");
      }
    }
    if (!(seconds > 0 && seconds < Double.POSITIVE_INFINITY)) {
      throw new BadInputException("--seconds is " + seconds + "; expected a number above 0.");
    }
    try {
      models.forEach(Models::check); // none is made: some take hundreds of megabytes
    } catch (IllegalArgumentException unknown) {
      throw new BadInputException(String.valueOf(unknown.getMessage()));
    }
    if (json != null) {
      AtomicFile.check(json); // before all is measured
    }
    engine.apply();
    PrintWriter out = spec.commandLine().getOut();
    Blas blas = BlasRule.chosen();
    out.printf("%s; matrix products by %s (%s)%n", Lanes.reason(), blas.name(), blas.core());
    List<Row> rows = new ArrayList<>();
    boolean alone = models.size() * batches.size() == 1;
    for (String model : models) {
      for (int batch : batches) {
        // The most memory that was ever used can only be told of a process that did nothing else.
        Row row = alone || inProcess ? null : measureApart(model, batch);
        if (row == null) {
          row = measure(model, batch, rows.isEmpty());
        }
        rows.add(row);
        out.printf(
            Locale.ROOT,
            "%-16s batch %4d, %d threads: %,12.0f samples/s training, %,12.0f evaluating%n",
            row.model,
            row.batch,
            row.threads,
            row.training,
            row.evaluating);
        out.flush();
      }
    }
    if (json != null) {
      JSON whole = JSON.std.with(JSON.Feature.WRITE_NULL_PROPERTIES);
      byte[] text = whole.asBytes(rows.stream().map(Row::json).toList());
      AtomicFile.write(json, channel -> channel.write(ByteBuffer.wrap(text)));
    }
    return 0;
  }

  /** Speeds in samples a second. */
  private record Row(
      String model,
      int batch,
      int threads,
      double training,
      double evaluating,
      @Nullable Long peakMemory) {
    private static Row of(Map<?, ?> json) {
      Object peak = json.get("peak_rss_bytes");
      return new Row(
          String.valueOf(json.get("model")),
          number(json, "batch").intValue(),
          number(json, "threads").intValue(),
          number(json, "samples_per_second").doubleValue(),
          number(json, "eval_samples_per_second").doubleValue(),
          peak == null ? null : ((Number) peak).longValue());
    }

    private static Number number(Map<?, ?> json, String name) {
      return (Number) Objects.requireNonNull(json.get(name), name);
    }

    private Map<String, @Nullable Object> json() {
      Map<String, @Nullable Object> members = new LinkedHashMap<>();
      members.put("model", model);
      members.put("batch", batch);
      members.put("threads", threads);
      members.put("samples_per_second", training);
      members.put("eval_samples_per_second", evaluating);
      members.put("peak_rss_bytes", peakMemory);
      return members;
    }
  }

  /** Measures in a process of its own; null where this one does not tell how it was started. */
  private @Nullable Row measureApart(String model, int batch) throws IOException {
    List<String> command = OwnCommand.line();
    if (command.isEmpty()) {
      return null;
    }
    Path result = Files.createTempFile("lanewise-bench", ".json");
    try {
      command = new ArrayList<>(command);
      command.addAll(List.of("bench", "--in-process", "--models", model));
      command.addAll(List.of("--batch", Integer.toString(batch), "--json", result.toString()));
      command.addAll(List.of("--threads", Integer.toString(Team.global().threads())));
      command.addAll(List.of("--windows", Integer.toString(windows)));
      command.addAll(List.of("--seconds", Double.toString(seconds)));
      Process process =
          new ProcessBuilder(command)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      int exit = process.waitFor();
      if (exit != 0) {
        throw new IOException(
            "The process that measured " + model + " ended with exit code " + exit + ".");
      }
      return Row.of((Map<?, ?>) JSON.std.listFrom(Files.readString(result)).getFirst());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while measuring " + model + ".", interrupted);
    } finally {
      Files.deleteIfExists(result);
    }
  }

  /** Measures here; what was measured before hides the peak of the memory. */
  private Row measure(String name, int batch, boolean first) {
    Generator random = new Generator(1);
    Model model = Models.create(name, random);
    Layer network = model.network();
    long[] classes = new long[batch];
    Arrays.setAll(classes, i -> i % model.classes());
    try (Tensor x = random.normal(model.input().insert(0, batch), 0, 1);
        Tensor labels = Tensor.ofLongs(classes, batch)) {
      Trainer trainer =
          new Trainer(network, new Sgd(network.parameters(), LEARNING_RATE, MOMENTUM));
      double training = samplesPerSecond(batch, () -> trainer.step(x, labels));
      network.train(false);
      double evaluating = samplesPerSecond(batch, () -> evaluate(network, x));
      Long peak = first ? ProcessMemory.peakBytes() : null;
      return new Row(name, batch, Team.global().threads(), training, evaluating, peak);
    }
  }

  private static void evaluate(Layer network, Tensor x) {
    try (Tape.Pause pause = Tape.noGrad();
        Scope scope = Scope.open()) {
      network.forward(x);
    }
  }

  private double samplesPerSecond(int batch, Runnable step) {
    new WarmUp().run(CALM_WINDOWS * seconds, MOST_WARM_UP_WINDOWS * seconds, step);
    double[] speeds = new double[windows];
    for (int i = 0; i < windows; i++) {
      speeds[i] = window(seconds, step) * batch;
    }
    Arrays.sort(speeds);
    return (speeds[(windows - 1) / 2] + speeds[windows / 2]) / 2;
  }

  /** Runs the step for this long and gives the steps a second. */
  private static double window(double seconds, Runnable step) {
    long start = System.nanoTime();
    long count = 0;
    double elapsed;
    do {
      step.run();
      count++;
      elapsed = (System.nanoTime() - start) * 1e-9;
    } while (elapsed < seconds);
    return count / elapsed;
  }
}
