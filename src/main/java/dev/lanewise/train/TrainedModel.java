package dev.lanewise.train;

import dev.lanewise.data.Normalization;
import dev.lanewise.io.Checkpoint;
import dev.lanewise.io.CheckpointException;
import dev.lanewise.model.Model;
import dev.lanewise.model.Models;
import dev.lanewise.tensor.Generator;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * A model out of a checkpoint, with what its samples must go through.
 *
 * @param model with the stored parameters
 * @param normalization of the samples that it was trained with
 */
public record TrainedModel(Model model, Normalization normalization) {
  public TrainedModel {
    Objects.requireNonNull(model, "model");
    Objects.requireNonNull(normalization, "normalization");
  }

  private static final String MEAN = "normalization.mean";
  private static final String DEVIATION = "normalization.deviation";

  /**
   * Reads a file that {@link Checkpoints} has written.
   *
   * @throws CheckpointException when the file is missing or damaged, or no model of this version
   *     fits
   */
  public static TrainedModel load(Path file) {
    Checkpoint checkpoint = Checkpoint.read(file);
    try {
      Model model = Models.create(checkpoint.model(), new Generator(checkpoint.seed()));
      checkpoint.restore("", model.network().state());
      Normalization normalization =
          new Normalization(numbers(checkpoint, MEAN), numbers(checkpoint, DEVIATION));
      return new TrainedModel(model, normalization);
    } catch (IllegalArgumentException e) {
      throw new CheckpointException(
          "The checkpoint " + file + " cannot be used: " + e.getMessage(), e);
    }
  }

  /** How a checkpoint holds a normalisation. */
  static Map<String, String> settings(Normalization normalization) {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put(MEAN, text(normalization.mean()));
    settings.put(DEVIATION, text(normalization.deviation()));
    return settings;
  }

  private static String text(List<Float> numbers) {
    return numbers.stream().map(String::valueOf).collect(Collectors.joining(","));
  }

  private static List<Float> numbers(Checkpoint checkpoint, String setting) {
    String text = checkpoint.settings().get(setting);
    if (text == null) {
      throw new IllegalArgumentException("it has no setting " + setting + ".");
    }
    return Arrays.stream(text.split(",")).map(Float::valueOf).toList();
  }
}
