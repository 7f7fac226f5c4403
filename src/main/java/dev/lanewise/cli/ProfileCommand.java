package dev.lanewise.cli;

import dev.lanewise.model.Model;
import dev.lanewise.model.Models;
import dev.lanewise.nn.Layer;
import dev.lanewise.optim.Sgd;
import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Profile;
import dev.lanewise.tensor.Profiler;
import dev.lanewise.tensor.Tensor;
import dev.lanewise.train.Trainer;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.Callable;
import jdk.jfr.Recording;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.jr.ob.JSON;

/** {@code lanewise profile}: where the time of a training step goes. */
@Command(
    name = "profile",
    description = {
      "Shows where the time of a training step goes, by operation and by layer, and how far from"
          + " the limits of this machine each is.",
      "The step is forward, cross-entropy, backward and SGD with momentum, on random data.",
    },
    mixinStandardHelpOptions = true,
    showDefaultValues = true)
final class ProfileCommand implements Callable<Integer> {
  private static final float LEARNING_RATE = 0.01f;
  private static final float MOMENTUM = 0.9f;

  /** Warm-up ends when it has been calm for so many seconds. */
  private static final double CALM_SECONDS = 1.5;

  @Option(
      names = "--model",
      paramLabel = "NAME",
      defaultValue = "lenet5",
      description = "The model.")
  private String model = "";

  @Option(names = "--batch", paramLabel = "N", defaultValue = "64", description = "Samples a step.")
  private int batch;

  @Option(names = "--steps", paramLabel = "N", defaultValue = "10", description = "Profiled steps.")
  private int steps;

  @Option(
      names = "--warm-up",
      paramLabel = "SECONDS",
      defaultValue = "20",
      description =
          "Longest time of steps before them, in which the compiler gets its work done; it ends"
              + " earlier when nothing becomes faster and the compiler is quiet.")
  private double warmUpSeconds;

  @Option(
      names = "--rows",
      paramLabel = "N",
      defaultValue = "20",
      description = "Rows of the table of operations in layers, the longest first.")
  private int rows;

  @Mixin private final EngineOptions engine = new EngineOptions();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description =
          "Write profile.json, roofline.svg, roofline.png, and profile.jfr for the Flight"
              + " Recorder's tools, to this folder.")
  private @Nullable Path out;

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli injects the specification
  ProfileCommand() {}

  @Override
  public Integer call() throws IOException {
    if (batch < 1 || steps < 1 || rows < 0 || !(warmUpSeconds >= 0)) {
      throw new BadInputException(
          "--batch is %d, --steps %d, --rows %d, --warm-up %s; expected numbers from 1, 1, 0 and 0."
              .formatted(batch, steps, rows, warmUpSeconds));
    }
    engine.apply();
    Profile profile = profile();
    PrintWriter writer = spec.commandLine().getOut();
    ProfileTables tables = new ProfileTables(profile, steps);
    writer.printf("%s, batch %d%n", model, batch);
    writer.print(tables.all(rows));
    Path folder = out;
    if (folder != null) {
      Files.createDirectories(folder);
      Files.writeString(
          folder.resolve("profile.json"),
          JSON.std.with(JSON.Feature.PRETTY_PRINT_OUTPUT).asString(tables.json(model, batch))
              + "\n");
      try {
        new RooflineChart(profile, model + ", batch " + batch).write(folder);
      } catch (IOException | UnsatisfiedLinkError | NoClassDefFoundError noGraphics) {
        // A JDK without its graphics (headless packages of some systems) is no reason to fail.
        spec.commandLine()
            .getErr()
            .println("lanewise: no roofline picture: " + noGraphics.getMessage());
      }
      writer.println("written to " + folder);
    }
    writer.flush();
    return 0;
  }

  private Profile profile() throws IOException {
    Generator random = new Generator(1);
    Model made = BadInputException.checking(() -> Models.create(model, random));
    Layer network = made.network();
    long[] classes = new long[batch];
    Arrays.setAll(classes, i -> i % made.classes());
    try (Tensor x = random.normal(made.input().insert(0, batch), 0, 1);
        Tensor labels = Tensor.ofLongs(classes, batch)) {
      Trainer trainer =
          new Trainer(network, new Sgd(network.parameters(), LEARNING_RATE, MOMENTUM));
      Path folder = out;
      if (folder == null) {
        return profile(() -> trainer.step(x, labels));
      }
      Files.createDirectories(folder);
      try (Recording recording = new Recording()) {
        recording.enable("dev.lanewise.Operation");
        Profile profile = profile(() -> trainer.step(x, labels), recording);
        recording.dump(folder.resolve("profile.jfr"));
        return profile;
      }
    }
  }

  private Profile profile(Runnable step, Recording... recordings) {
    // The profiler watches the warm-up as well: its own code is compiled there.
    Profiler profiler = Profiler.start();
    new WarmUp().run(CALM_SECONDS, warmUpSeconds, step);
    for (Recording recording : recordings) {
      recording.start();
      step.run();
    }
    profiler.reset();
    for (int i = 0; i < steps; i++) {
      step.run();
    }
    return profiler.stop();
  }
}
