package dev.lanewise.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A folder with the binary files of CIFAR-10, or with a part of it laid out the same way: {@code
 * data_batch_1.bin} … and {@code test_batch.bin}, or {@code data_train….bin} and {@code
 * data_test….bin}. A record has 3,073 bytes: the class, then 1,024 bytes of red, of green and of
 * blue, each plane 32×32 row by row (Krizhevsky, <i>Learning Multiple Layers of Features from Tiny
 * Images</i>, 2009).
 */
public final class CifarFolder {
  private static final int CLASSES = 10;
  private static final int SIDE = 32;
  private static final int CHANNELS = 3;
  private static final int PIXELS = CHANNELS * SIDE * SIDE;
  private static final int RECORD = 1 + PIXELS;

  private static final Pattern TRAIN = Pattern.compile("data_(batch_\\d+|train.*)\\.bin");
  private static final Pattern TEST = Pattern.compile("(test_batch|data_test.*)\\.bin");

  private CifarFolder() {}

  /** Whether a folder holds such files. */
  static boolean fits(Path folder) {
    return Files.isDirectory(folder) && !files(folder, TRAIN).isEmpty();
  }

  /**
   * Loads both sets; the training files in the order of their names.
   *
   * @throws DataException when there are no such files, or one of them cannot be used
   */
  public static Dataset load(Path folder) {
    Path last = folder.toAbsolutePath().normalize().getFileName();
    String name = last == null ? "cifar10" : last.toString();
    return new Dataset(
        name, read(folder, TRAIN, name + "-train"), read(folder, TEST, name + "-test"));
  }

  private static List<Path> files(Path folder, Pattern pattern) {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> pattern.matcher(file.getFileName().toString()).matches())
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new DataException("The folder " + folder + " cannot be read: " + e.getMessage(), e);
    }
  }

  private static ImageSet read(Path folder, Pattern pattern, String name) {
    List<Path> files = files(folder, pattern);
    if (files.isEmpty()) {
      throw new DataException(
          "The folder %s has no file %s of CIFAR-10; expected it there."
              .formatted(folder, pattern == TRAIN ? "data_batch_1.bin" : "test_batch.bin"));
    }
    byte[][] contents = new byte[files.size()][];
    long records = 0;
    for (int i = 0; i < contents.length; i++) {
      contents[i] = content(files.get(i));
      records += contents[i].length / RECORD;
    }
    if (records > Integer.MAX_VALUE / PIXELS) {
      throw new DataException(
          "The folder %s holds %d images; expected at most %d."
              .formatted(folder, records, Integer.MAX_VALUE / PIXELS));
    }
    byte[] pixels = new byte[(int) records * PIXELS];
    int[] labels = new int[(int) records];
    int image = 0;
    for (int i = 0; i < contents.length; i++) {
      for (int at = 0; at < contents[i].length; at += RECORD) {
        labels[image] = label(files.get(i), contents[i], at);
        System.arraycopy(contents[i], at + 1, pixels, image * PIXELS, PIXELS);
        image++;
      }
    }
    return new ImageSet(name, CHANNELS, SIDE, SIDE, pixels, labels, CLASSES);
  }

  private static byte[] content(Path file) {
    try {
      byte[] content = Files.readAllBytes(file);
      if (content.length == 0 || content.length % RECORD != 0) {
        throw new DataException(
            "The file %s has %d bytes; expected a multiple of %d (a class and 3x32x32 pixels)."
                .formatted(file, content.length, RECORD));
      }
      return content;
    } catch (IOException e) {
      throw new DataException("The file " + file + " cannot be read: " + e.getMessage() + ".", e);
    }
  }

  private static int label(Path file, byte[] content, int at) {
    int label = content[at] & 0xFF;
    if (label >= CLASSES) {
      throw new DataException(
          "Record %d of %s has class %d; expected 0 to %d: this is no file of CIFAR-10."
              .formatted(at / RECORD, file, label, CLASSES - 1));
    }
    return label;
  }
}
