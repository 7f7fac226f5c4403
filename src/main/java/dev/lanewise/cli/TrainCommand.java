package dev.lanewise.cli;

import dev.lanewise.data.Augmentation;
import dev.lanewise.data.BatchLoader;
import dev.lanewise.data.Dataset;
import dev.lanewise.data.Normalization;
import dev.lanewise.data.Split;
import dev.lanewise.model.Model;
import dev.lanewise.model.Models;
import dev.lanewise.optim.Schedule;
import dev.lanewise.optim.Sgd;
import dev.lanewise.tensor.Generator;
import dev.lanewise.train.Checkpoints;
import dev.lanewise.train.Evaluation;
import dev.lanewise.train.Trainer;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code lanewise train}: data, model, optimiser, listeners, and the test at the end. */
@Command(
    name = "train",
    description = {
      "Trains a model: SGD on the mean cross-entropy of shuffled mini-batches.",
      "One sample of twelve is held out for validation. The same seed gives the same bits with any"
          + " number of threads.",
    },
    mixinStandardHelpOptions = true,
    showDefaultValues = true)
final class TrainCommand implements Callable<Integer> {
  /** Evaluation has no backward, so larger batches fit and are faster. */
  static final int EVALUATION_BATCH = 256;

  @Option(
      names = "--model",
      paramLabel = "NAME",
      defaultValue = "lenet5",
      description = "The model.")
  private String modelName = "";

  @Mixin private final DataOption data = new DataOption();

  @Option(
      names = "--epochs",
      paramLabel = "N",
      defaultValue = "5",
      description = "Passes over the training data.")
  private int epochs;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "64",
      description = "Samples of one step.")
  private int batch;

  @Option(
      names = "--lr",
      paramLabel = "X",
      defaultValue = "0.03",
      description = "Learning rate at the start.")
  private float lr;

  @Option(
      names = "--schedule",
      paramLabel = "NAME",
      defaultValue = "cosine",
      description =
          "How the learning rate goes: constant, or along half a cosine to 0"
              + " (${COMPLETION-CANDIDATES}).")
  private Schedule schedule = Schedule.COSINE;

  @Option(names = "--momentum", paramLabel = "X", defaultValue = "0.9", description = "Momentum.")
  private float momentum;

  @Option(
      names = "--weight-decay",
      paramLabel = "X",
      defaultValue = "0",
      description = "Weight decay.")
  private float weightDecay;

  @Option(
      names = "--label-smoothing",
      paramLabel = "X",
      defaultValue = "0",
      description = "Share of the target that is spread over all classes.")
  private float labelSmoothing;

  @Option(
      names = "--augment",
      description =
          "Move training images by up to 4 pixels and mirror half of them, in every epoch anew.")
  private boolean augment;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Seed of parameters, split, order, augmentation and synthetic data.")
  private long seed;

  @Mixin private final EngineOptions engine = new EngineOptions();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Write the checkpoints of the last and of the best epoch into this folder.")
  private @Nullable Path out;

  @Option(
      names = "--resume",
      paramLabel = "FILE",
      description =
          "Go on from a checkpoint, with the options of the training that wrote it: the result has"
              + " the same bits as if that had not been interrupted.")
  private @Nullable Path resume;

  @Option(
      names = "--metrics",
      paramLabel = "FILE",
      description = "Write a line of JSON for each epoch and one at the end to this file.")
  private @Nullable Path metricsFile;

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli injects the specification
  TrainCommand() {}

  @Override
  public Integer call() throws IOException {
    atLeastOne("--epochs", epochs);
    atLeastOne("--batch", batch);
    engine.apply();
    Generator random = new Generator(seed);
    Model model = BadInputException.checking(() -> Models.create(modelName, random));
    Sgd sgd =
        BadInputException.checking(() ->
            new Sgd(model.network().parameters(), lr, new Sgd.Settings(momentum, weightDecay)));
    Dataset dataset = data.open(model, seed);
    Normalization normalization = Normalization.of(dataset.train());
    Split split = Split.twelfth(dataset.train().normalized(normalization), seed);
    PrintWriter console = spec.commandLine().getOut();
    console.printf(
        Locale.ROOT,
        "%s: %,d parameters; %s: %,d samples to train with, %,d to validate, %,d to test%n",
        model.name(),
        model.network().parameterCount(),
        dataset.name(),
        split.train().size(),
        split.validation().size(),
        dataset.test().size());
    console.flush();
    if (out != null) {
      Files.createDirectories(out); // not only after the first epoch
    }
    Trainer trainer =
        BadInputException.checking(
            () -> new Trainer(model.network(), sgd).labelSmoothing(labelSmoothing));
    Checkpoints checkpoints =
        new Checkpoints(model, sgd, normalization, random, options(dataset.name()));
    int finished = resume == null ? 0 : checkpoints.resume(resume);
    if (finished >= epochs) {
      throw new BadInputException(
          "The training of %s is at its end after %d epochs; --epochs is %d."
              .formatted(resume, finished, epochs));
    }
    Augmentation augmentation = augment ? Augmentation.STANDARD : Augmentation.NONE;
    try (BatchLoader training = BatchLoader.augmented(split.train(), batch, augmentation, seed);
        BatchLoader validation = BatchLoader.inOrder(split.validation(), EVALUATION_BATCH);
        BatchLoader test =
            BatchLoader.inOrder(dataset.test().normalized(normalization), EVALUATION_BATCH);
        Metrics metrics = metricsFile == null ? null : new Metrics(metricsFile, resume != null);
        Progress progress =
            new Progress(console, Progress.onTerminal(), epochs, training.samples())) {
      trainer.listen(progress);
      if (metrics != null) {
        trainer.listen(metrics);
      }
      if (out != null) {
        trainer.listen(checkpoints.into(out));
      }
      trainer.fit(training, validation, finished, epochs, schedule);
      Evaluation result = Trainer.evaluate(model.network(), test);
      if (metrics != null) {
        metrics.end(result.accuracy());
      }
      console.printf(Locale.ROOT, "test accuracy %.2f%%%n", 100 * result.accuracy());
      console.flush();
    }
    return 0;
  }

  /** What the bits of the result depend on, beside the data themselves. */
  private Map<String, String> options(String dataName) {
    Map<String, String> options = new LinkedHashMap<>();
    options.put("--data", dataName);
    options.put("--batch", Integer.toString(batch));
    options.put("--lr", Float.toString(lr));
    options.put("--schedule", schedule.name());
    options.put("--momentum", Float.toString(momentum));
    options.put("--weight-decay", Float.toString(weightDecay));
    options.put("--label-smoothing", Float.toString(labelSmoothing));
    options.put("--augment", Boolean.toString(augment));
    options.put("--seed", Long.toString(seed));
    if (schedule != Schedule.CONSTANT) {
      options.put("--epochs", Integer.toString(epochs)); // the schedule spans them
    }
    return options;
  }

  private static void atLeastOne(String option, int value) {
    if (value < 1) {
      throw new BadInputException(option + " is " + value + "; expected a whole number from 1.");
    }
  }
}
