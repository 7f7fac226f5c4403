package dev.lanewise.io;

import dev.lanewise.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The state of a training run at the end of an epoch. The package description says how the file is
 * laid out.
 *
 * <pre>{@code
 * Map<String, StoredTensor> tensors = new LinkedHashMap<>();
 * tensors.putAll(Checkpoint.store("", network.state()));
 * tensors.putAll(Checkpoint.store(Checkpoint.OPTIMIZER, optimizer.state()));
 * new Checkpoint("lenet5", 5, 1, Map.of("val_accuracy", 0.99), Map.of(), tensors).write(file);
 *
 * Checkpoint.read(file).restore("", network.state());
 * }</pre>
 *
 * @param model name of the model
 * @param epoch number of finished epochs
 * @param seed seed of the run
 * @param metrics results by name, such as {@code val_accuracy}
 * @param settings whatever else is needed to go on or to evaluate, such as the normalisation
 * @param tensors parameters and buffers by name, and the state of the optimiser under names that
 *     start with {@link #OPTIMIZER}
 */
public record Checkpoint(
    String model,
    int epoch,
    long seed,
    Map<String, Double> metrics,
    Map<String, String> settings,
    Map<String, StoredTensor> tensors) {

  /** What the names of the optimiser's tensors start with. */
  public static final String OPTIMIZER = "optimizer.";

  private static final String VERSION_KEY = "lanewise.checkpoint";
  private static final String VERSION = "1";
  private static final String METRIC = "metric.";
  private static final String SETTING = "setting.";

  /** Copies the maps. */
  public Checkpoint {
    Objects.requireNonNull(model, "model");
    metrics = Collections.unmodifiableMap(new LinkedHashMap<>(metrics));
    settings = Collections.unmodifiableMap(new LinkedHashMap<>(settings));
    tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
  }

  /** Copies tensors to the heap, each under its name behind {@code prefix}. */
  public static Map<String, StoredTensor> store(String prefix, Map<String, Tensor> tensors) {
    Objects.requireNonNull(prefix, "prefix");
    Map<String, StoredTensor> stored = new LinkedHashMap<>();
    tensors.forEach((name, tensor) -> stored.put(prefix + name, StoredTensor.of(tensor)));
    return stored;
  }

  /**
   * Copies the tensors whose names start with {@code prefix} into these. With the empty prefix, the
   * state of the optimiser is left out.
   *
   * @throws CheckpointException when names or shapes differ; then no tensor is changed
   */
  public void restore(String prefix, Map<String, Tensor> into) {
    Map<String, StoredTensor> from = select(prefix);
    List<String> differences = new ArrayList<>();
    into.forEach((name, tensor) -> {
      StoredTensor stored = from.get(name);
      if (stored == null) {
        differences.add("'" + name + "' is missing");
      } else if (!stored.shape().equals(tensor.shape()) || stored.dtype() != tensor.dtype()) {
        differences.add(
            "'%s' is %s %s instead of %s %s"
                .formatted(name, stored.dtype(), stored.shape(), tensor.dtype(), tensor.shape()));
      }
    });
    for (String name : from.keySet()) {
      if (!into.containsKey(name)) {
        differences.add("'" + name + "' is not in the model");
      }
    }
    if (!differences.isEmpty()) {
      throw new CheckpointException(
          "The checkpoint of model %s does not fit: %s."
              .formatted(model, String.join(", ", differences)));
    }
    into.forEach((name, tensor) -> {
      StoredTensor stored = from.get(name);
      if (stored != null) {
        stored.copyTo(tensor);
      }
    });
  }

  /** Fresh tensors of all whose names start with {@code prefix}, by the rest of their names. */
  public Map<String, Tensor> load(String prefix) {
    Map<String, Tensor> loaded = new LinkedHashMap<>();
    select(prefix).forEach((name, stored) -> loaded.put(name, stored.toTensor()));
    return loaded;
  }

  private Map<String, StoredTensor> select(String prefix) {
    Objects.requireNonNull(prefix, "prefix");
    Map<String, StoredTensor> selected = new LinkedHashMap<>();
    tensors.forEach((name, stored) -> {
      if (name.startsWith(prefix) && !(prefix.isEmpty() && name.startsWith(OPTIMIZER))) {
        selected.put(name.substring(prefix.length()), stored);
      }
    });
    return selected;
  }

  /**
   * Writes or replaces a file, which is at no time half written.
   *
   * @throws CheckpointException when it cannot be written
   */
  public void write(Path file) {
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put(VERSION_KEY, VERSION);
    metadata.put("model", model);
    metadata.put("epoch", Integer.toString(epoch));
    metadata.put("seed", Long.toString(seed));
    metrics.forEach((name, value) -> metadata.put(METRIC + name, Double.toString(value)));
    settings.forEach((name, value) -> metadata.put(SETTING + name, value));
    new Safetensors(metadata, tensors).write(file);
  }

  /**
   * Reads a file that {@link #write} has written, and checks that not a bit of it has changed.
   *
   * @throws CheckpointException when the file is missing, damaged, or no checkpoint
   */
  public static Checkpoint read(Path file) {
    Safetensors content = Safetensors.readChecked(file);
    Map<String, String> metadata = content.metadata();
    String version = text(file, metadata, VERSION_KEY);
    if (!version.equals(VERSION)) {
      throw new CheckpointException(
          "The checkpoint %s has version %s; expected %s.".formatted(file, version, VERSION));
    }
    try {
      Map<String, Double> metrics = new LinkedHashMap<>();
      part(metadata, METRIC).forEach((name, value) -> metrics.put(name, Double.valueOf(value)));
      return new Checkpoint(
          text(file, metadata, "model"),
          Integer.parseInt(text(file, metadata, "epoch")),
          Long.parseLong(text(file, metadata, "seed")),
          metrics,
          part(metadata, SETTING),
          content.tensors());
    } catch (NumberFormatException e) {
      throw new CheckpointException(
          "The checkpoint %s is damaged: epoch, seed or a metric is no number (%s)."
              .formatted(file, e.getMessage()),
          e);
    }
  }

  private static String text(Path file, Map<String, String> metadata, String key) {
    String value = metadata.get(key);
    if (value == null) {
      throw new CheckpointException(
          "%s is no checkpoint of Lanewise: it has no '%s' in its metadata.".formatted(file, key));
    }
    return value;
  }

  private static Map<String, String> part(Map<String, String> metadata, String prefix) {
    Map<String, String> part = new LinkedHashMap<>();
    metadata.forEach((key, value) -> {
      if (key.startsWith(prefix)) {
        part.put(key.substring(prefix.length()), value);
      }
    });
    return part;
  }
}
