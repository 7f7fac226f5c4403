package dev.lanewise.cli;

import dev.lanewise.train.EpochResult;
import dev.lanewise.train.TrainingListener;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.jr.ob.JSON;

/** Writes one JSON object a line: one for each epoch, and a last one with the test result. */
final class Metrics implements TrainingListener, AutoCloseable {
  private final BufferedWriter writer;

  /** Starts the file anew, or goes on behind what it holds. */
  Metrics(Path file, boolean append) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    if (folder != null) {
      Files.createDirectories(folder);
    }
    writer =
        append
            ? Files.newBufferedWriter(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)
            : Files.newBufferedWriter(file);
  }

  @Override
  public void onEpoch(EpochResult epoch) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("epoch", epoch.epoch());
    line.put("train_loss", epoch.trainLoss());
    line.put("val_loss", epoch.validation().loss());
    line.put("val_accuracy", epoch.validation().accuracy());
    line.put("samples_per_second", epoch.samplesPerSecond());
    line.put("seconds", epoch.seconds());
    write(line);
  }

  /** Writes the last line. */
  void end(double testAccuracy) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("event", "end");
    line.put("test_accuracy", testAccuracy);
    write(line);
  }

  /** A whole line at once, so that a reader never sees a part of one. */
  private void write(Map<String, Object> line) {
    try {
      writer.write(JSON.std.asString(line) + "\n");
      writer.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    writer.close();
  }
}
