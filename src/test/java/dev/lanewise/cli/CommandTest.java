package dev.lanewise.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;

/** Runs commands in this process, on folders of data written here. */
abstract class CommandTest {
  static final String TRAIN_IMAGES = "train-images-idx3-ubyte";

  static final String TRAIN_LABELS = "train-labels-idx1-ubyte";

  @TempDir Path folder;

  record Outcome(int exitCode, String out, String err) {}

  static Outcome run(Object... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exitCode =
        Main.execute(
            new PrintWriter(out, true),
            new PrintWriter(err, true),
            Arrays.stream(args).map(Object::toString).toArray(String[]::new));
    return new Outcome(exitCode, out.toString(), err.toString());
  }

  /** One line on stderr that contains all parts, nothing else, and exit code 2. */
  static void assertBadInput(Outcome outcome, String... parts) {
    assertEquals(1, outcome.err().lines().count(), outcome.err());
    for (String part : parts) {
      assertTrue(outcome.err().contains(part), outcome.err() + "lacks: " + part);
    }
    assertTrue(outcome.err().startsWith("lanewise: "), outcome.err());
    assertEquals(Main.BAD_INPUT, outcome.exitCode());
  }

  /** A folder of images with a bright row that tells the label. */
  Path digits(int train, int test) throws IOException {
    Path data = folder.resolve("digits-" + train + "-" + test);
    write(data, 28, train, test);
    return data;
  }

  static void write(Path data, int size, int train, int test) throws IOException {
    Files.createDirectories(data);
    writeImages(data.resolve(TRAIN_IMAGES), size, labels(train));
    writeLabels(data.resolve(TRAIN_LABELS), labels(train));
    writeImages(data.resolve("t10k-images-idx3-ubyte"), size, labels(test));
    writeLabels(data.resolve("t10k-labels-idx1-ubyte"), labels(test));
  }

  static byte[] labels(int count) {
    byte[] labels = new byte[count];
    for (int i = 0; i < count; i++) {
      labels[i] = (byte) (i * 7 % 10);
    }
    return labels;
  }

  static void writeImages(Path file, int size, byte[] labels) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(16 + labels.length * size * size);
    bytes.putInt(0x803).putInt(labels.length).putInt(size).putInt(size);
    Random random = new Random(labels.length);
    for (byte label : labels) {
      for (int pixel = 0; pixel < size * size; pixel++) {
        boolean bright = pixel / size == label * size / 10;
        bytes.put((byte) ((bright ? 180 : 0) + random.nextInt(60)));
      }
    }
    Files.write(file, bytes.array());
  }

  static void writeLabels(Path file, byte[] labels) throws IOException {
    Files.write(
        file,
        ByteBuffer.allocate(8 + labels.length)
            .putInt(0x801)
            .putInt(labels.length)
            .put(labels)
            .array());
  }
}
