package dev.lanewise.cli;

import dev.lanewise.data.Augmentation;
import dev.lanewise.data.BatchLoader;
import dev.lanewise.data.Dataset;
import dev.lanewise.data.Normalization;
import dev.lanewise.data.Split;
import dev.lanewise.model.Model;
import dev.lanewise.model.Models;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.optim.Schedule;
import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Tensor;
import dev.lanewise.train.Checkpoints;
import dev.lanewise.train.Evaluation;
import dev.lanewise.train.Trainer;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
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
      "Trains a model: an optimiser on the mean cross-entropy of shuffled mini-batches.",
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
      split = ",",
      defaultValue = "0.03",
      description =
          "Learning rate at the start. Several, as 0.1,0.01,0.001, are a sweep: a training with"
              + " each, a table of their results on the validation samples, and the best.")
  private float[] rates = {};

  @Mixin private final OptimizerOptions steps = new OptimizerOptions();

  @Option(
      names = "--clip-norm",
      paramLabel = "X",
      defaultValue = "Infinity",
      description = "Scale the gradients so that the norm of all together is at most this.")
  private float clipNorm;

  @Option(
      names = "--clip-value",
      paramLabel = "X",
      defaultValue = "Infinity",
      description = "Cut each element of the gradients to at most this.")
  private float clipValue;

  @Option(
      names = "--label-smoothing",
      paramLabel = "X",
      defaultValue = "0",
      description = "Share of the target that is spread over all classes.")
  private float labelSmoothing;

  @Option(
      names = "--augment",
      description =
          "Change training images in every epoch anew: move coloured ones by up to 4 pixels and"
              + " mirror half of them, move grey ones by up to 2.")
  private boolean augment;

  @Option(
      names = "--patience",
      paramLabel = "N",
      description =
          "End when N epochs in a row brought no higher validation accuracy (counted anew after"
              + " --resume); best.safetensors in --out is of the epoch with the highest.")
  private @Nullable Integer patience;

  @Option(
      names = "--watch",
      paramLabel = "N",
      description =
          "In the first N steps print the shape and the norm of what each layer computes and of its"
              + " gradient, and how many of the values are not finite.")
  private @Nullable Integer watch;

  @Option(
      names = "--samples",
      paramLabel = "FILE",
      description =
          "Draw the samples of the first batch, as the network sees them after augmentation,"
              + " into this PNG.")
  private @Nullable Path samples;

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
    if (rates.length > 1) {
      alone("--resume", resume);
      alone("--out", out);
      alone("--metrics", metricsFile);
      alone("--watch", watch);
    }
    if (watch != null) {
      atLeastOne("--watch", watch);
    }
    engine.apply();
    Generator random = new Generator(seed);
    Model model = BadInputException.checking(() -> Models.create(modelName, random));
    List<Optimizer> optimizers = new ArrayList<>(); // all, so that a bad one is found at once
    for (float rate : rates) {
      optimizers.add(steps.optimizer(model, rate));
    }
    Schedule whole = steps.schedule();
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
    if (samples != null) {
      try (BatchLoader training = training(split)) {
        SamplePicture.write(training.epoch(1).iterator().next(), samples);
      }
    }
    if (rates.length > 1) {
      model.network().state().values().forEach(Tensor::close);
      sweep(split, whole, console);
      return 0;
    }
    if (out != null) {
      Files.createDirectories(out); // not only after the first epoch
    }
    Optimizer optimizer = optimizers.getFirst();
    Trainer trainer = trainer(model, optimizer);
    Checkpoints checkpoints =
        new Checkpoints(model, optimizer, normalization, random, options(dataset.name()));
    int finished = resume == null ? 0 : checkpoints.resume(resume);
    if (finished >= epochs) {
      throw new BadInputException(
          "The training of %s is at its end after %d epochs; --epochs is %d."
              .formatted(resume, finished, epochs));
    }
    try (BatchLoader training = training(split);
        BatchLoader validation = BatchLoader.inOrder(split.validation(), EVALUATION_BATCH);
        BatchLoader test =
            BatchLoader.inOrder(dataset.test().normalized(normalization), EVALUATION_BATCH);
        Metrics metrics = metricsFile == null ? null : new Metrics(metricsFile, resume != null);
        Progress progress =
            new Progress(console, Progress.onTerminal(), epochs, training.samples());
        LayerWatch layers =
            watch == null ? null : new LayerWatch(console, model.network(), watch)) {
      trainer.listen(progress);
      if (layers != null) {
        trainer.listen(layers);
      }
      if (metrics != null) {
        trainer.listen(metrics);
      }
      if (out != null) {
        trainer.listen(checkpoints.into(out));
      }
      int last = trainer.fit(training, validation, finished, epochs, whole);
      if (last < epochs) {
        console.printf(
            "ended after epoch %d: no higher validation accuracy in %d%n", last, patience);
      }
      Evaluation result = Trainer.evaluate(model.network(), test);
      if (metrics != null) {
        metrics.end(result.accuracy());
      }
      console.printf(Locale.ROOT, "test accuracy %.2f%%%n", 100 * result.accuracy());
      console.flush();
    }
    return 0;
  }

  /** A training with each learning rate, all from the same parameters and with the same batches. */
  private void sweep(Split split, Schedule whole, PrintWriter console) {
    RateSweep sweep = new RateSweep(console);
    for (float rate : rates) {
      Model model = Models.create(modelName, new Generator(seed));
      Trainer trainer = trainer(model, steps.optimizer(model, rate));
      try (BatchLoader training = training(split);
          BatchLoader validation = BatchLoader.inOrder(split.validation(), EVALUATION_BATCH);
          Progress progress =
              new Progress(console, Progress.onTerminal(), epochs, training.samples())) {
        sweep.run(
            rate,
            trainer.listen(progress),
            trained -> trained.fit(training, validation, epochs, whole));
      }
      model.network().state().values().forEach(Tensor::close);
    }
    sweep.report();
  }

  private Trainer trainer(Model model, Optimizer optimizer) {
    return BadInputException.checking(() ->
        new Trainer(model.network(), optimizer)
            .labelSmoothing(labelSmoothing)
            .clipNorm(clipNorm)
            .clipValue(clipValue)
            .patience(patience == null ? Integer.MAX_VALUE : patience));
  }

  private BatchLoader training(Split split) {
    Augmentation augmentation =
        augment ? Augmentation.usualFor(split.train().shape()) : Augmentation.NONE;
    return BatchLoader.augmented(split.train(), batch, augmentation, seed);
  }

  /** What the bits of the result depend on, beside the data themselves. */
  private Map<String, String> options(String dataName) {
    Map<String, String> options = new LinkedHashMap<>();
    options.put("--data", dataName);
    options.put("--batch", Integer.toString(batch));
    options.put("--lr", Float.toString(rates[0]));
    steps.describe(options);
    if (clipNorm != Float.POSITIVE_INFINITY) {
      options.put("--clip-norm", Float.toString(clipNorm));
    }
    if (clipValue != Float.POSITIVE_INFINITY) {
      options.put("--clip-value", Float.toString(clipValue));
    }
    options.put("--label-smoothing", Float.toString(labelSmoothing));
    options.put("--augment", Boolean.toString(augment));
    options.put("--seed", Long.toString(seed));
    if (steps.changeTheRate()) {
      options.put("--epochs", Integer.toString(epochs)); // the schedule spans them
    }
    return options;
  }

  private void alone(String option, @Nullable Object value) {
    if (value != null) {
      throw new BadInputException(
          "--lr has %d values, with which there is no %s: a sweep compares learning rates and"
                  .formatted(rates.length, option)
              + " leaves no files; take the best and train with it.");
    }
  }

  private static void atLeastOne(String option, int value) {
    if (value < 1) {
      throw new BadInputException(option + " is " + value + "; expected a whole number from 1.");
    }
  }
}
