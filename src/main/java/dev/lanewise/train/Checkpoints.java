package dev.lanewise.train;

import dev.lanewise.data.Normalization;
import dev.lanewise.io.Checkpoint;
import dev.lanewise.io.CheckpointException;
import dev.lanewise.io.StoredTensor;
import dev.lanewise.model.Model;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Scope;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Leaves two files in a folder: {@value #LAST} after every epoch, and {@value #BEST} whenever the
 * validation accuracy is the highest so far. Neither is at any time half written. Each holds all
 * that {@link #resume} needs to go on with the same bits: parameters, buffers, the state of the
 * optimiser, the place of the random numbers, and the options of the training.
 */
public final class Checkpoints {
  /** The state after the last finished epoch. */
  public static final String LAST = "last.safetensors";

  /** The state after the epoch of the highest validation accuracy. */
  public static final String BEST = "best.safetensors";

  private static final String BEST_ACCURACY = "best_val_accuracy";
  private static final String DRAWS = "random.draws";
  private static final String OPTION = "option.";

  private final Model model;
  private final Optimizer optimizer;
  private final Normalization normalization;
  private final Generator random;
  private final Map<String, String> options;
  private double bestAccuracy = -1;

  /**
   * For one training.
   *
   * @param normalization what the samples went through, which an evaluation must repeat
   * @param random what the network draws from: its parameters did, and dropout does
   * @param options all that the bits of the training depend on, by name
   */
  public Checkpoints(
      Model model,
      Optimizer optimizer,
      Normalization normalization,
      Generator random,
      Map<String, String> options) {
    this.model = Objects.requireNonNull(model, "model");
    this.optimizer = Objects.requireNonNull(optimizer, "optimizer");
    this.normalization = Objects.requireNonNull(normalization, "normalization");
    this.random = Objects.requireNonNull(random, "random");
    this.options = Map.copyOf(options);
  }

  /**
   * Brings network, optimiser and random numbers to where a training was when it wrote this file.
   *
   * @return the number of epochs that are finished
   * @throws CheckpointException when the file is missing or damaged, or is from another model or a
   *     training with other options
   */
  public int resume(Path file) {
    Checkpoint checkpoint = Checkpoint.read(file);
    if (!checkpoint.model().equals(model.name())) {
      throw new CheckpointException(
          "The checkpoint %s is of model %s; expected %s."
              .formatted(file, checkpoint.model(), model.name()));
    }
    options.forEach((name, value) -> {
      String stored = checkpoint.settings().get(OPTION + name);
      if (!value.equals(stored)) {
        throw new CheckpointException(
            "The checkpoint %s is from a training with %s %s; found %s, which gives other results."
                .formatted(file, name, stored, value));
      }
    });
    try (Scope scope = Scope.open()) {
      long draws = Long.parseLong(checkpoint.settings().getOrDefault(DRAWS, ""));
      checkpoint.restore("", model.network().state());
      optimizer.load(checkpoint.load(Checkpoint.OPTIMIZER));
      random.skipTo(draws);
    } catch (IllegalArgumentException e) {
      throw new CheckpointException(
          "The checkpoint " + file + " cannot be resumed: " + e.getMessage() + ".", e);
    }
    bestAccuracy = checkpoint.metrics().getOrDefault(BEST_ACCURACY, -1.0);
    return checkpoint.epoch();
  }

  /** A listener that writes the files; the folder is made where it is missing. */
  public TrainingListener into(Path folder) {
    Objects.requireNonNull(folder, "folder");
    return new TrainingListener() {
      /** Throws a CheckpointException when a file cannot be written. */
      @Override
      public void onEpoch(EpochResult epoch) {
        write(folder, epoch);
      }
    };
  }

  private void write(Path folder, EpochResult epoch) {
    Evaluation validation = epoch.validation();
    boolean best = validation.accuracy() > bestAccuracy;
    bestAccuracy = Math.max(bestAccuracy, validation.accuracy());
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    tensors.putAll(Checkpoint.store("", model.network().state()));
    tensors.putAll(Checkpoint.store(Checkpoint.OPTIMIZER, optimizer.state()));
    Map<String, Double> metrics = new LinkedHashMap<>();
    metrics.put("train_loss", epoch.trainLoss());
    metrics.put("val_loss", validation.loss());
    metrics.put("val_accuracy", validation.accuracy());
    metrics.put(BEST_ACCURACY, bestAccuracy);
    Map<String, String> settings = TrainedModel.settings(normalization);
    settings.put(DRAWS, Long.toString(random.draws()));
    options.forEach((name, value) -> settings.put(OPTION + name, value));
    Checkpoint checkpoint =
        new Checkpoint(model.name(), epoch.epoch(), random.seed(), metrics, settings, tensors);
    checkpoint.write(folder.resolve(LAST));
    if (best) {
      checkpoint.write(folder.resolve(BEST));
    }
  }
}
