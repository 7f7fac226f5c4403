package dev.lanewise.train;

import dev.lanewise.data.Normalization;
import dev.lanewise.io.Checkpoint;
import dev.lanewise.io.StoredTensor;
import dev.lanewise.model.Model;
import dev.lanewise.optim.Optimizer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Leaves two files in a folder: {@value #LAST} after every epoch, and {@value #BEST} whenever the
 * validation accuracy is the highest so far. Neither is at any time half written.
 */
public final class Checkpoints implements TrainingListener {
  /** The state after the last finished epoch. */
  public static final String LAST = "last.safetensors";

  /** The state after the epoch of the highest validation accuracy. */
  public static final String BEST = "best.safetensors";

  private final Path folder;
  private final Model model;
  private final Optimizer optimizer;
  private final Normalization normalization;
  private final long seed;
  private double bestAccuracy = -1;

  /**
   * A listener for one training.
   *
   * @param folder is made where it is missing
   * @param normalization what the samples went through, which an evaluation must repeat
   * @param seed of the training
   */
  public Checkpoints(
      Path folder, Model model, Optimizer optimizer, Normalization normalization, long seed) {
    this.folder = folder;
    this.model = model;
    this.optimizer = optimizer;
    this.normalization = normalization;
    this.seed = seed;
  }

  /**
   * Writes the files.
   *
   * @throws dev.lanewise.io.CheckpointException when one cannot be written
   */
  @Override
  public void onEpoch(EpochResult epoch) {
    Evaluation validation = epoch.validation();
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    tensors.putAll(Checkpoint.store("", model.network().state()));
    tensors.putAll(Checkpoint.store(Checkpoint.OPTIMIZER, optimizer.state()));
    Map<String, Double> metrics = new LinkedHashMap<>();
    metrics.put("train_loss", epoch.trainLoss());
    metrics.put("val_loss", validation.loss());
    metrics.put("val_accuracy", validation.accuracy());
    Checkpoint checkpoint =
        new Checkpoint(
            model.name(),
            epoch.epoch(),
            seed,
            metrics,
            TrainedModel.settings(normalization),
            tensors);
    checkpoint.write(folder.resolve(LAST));
    if (validation.accuracy() > bestAccuracy) {
      bestAccuracy = validation.accuracy();
      checkpoint.write(folder.resolve(BEST));
    }
  }
}
