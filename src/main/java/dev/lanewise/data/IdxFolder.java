package dev.lanewise.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A folder with the four IDX files of MNIST or a set that is laid out like it: {@code
 * train-images-idx3-ubyte}, {@code train-labels-idx1-ubyte}, {@code t10k-images-idx3-ubyte} (or
 * {@code test-…}) and {@code t10k-labels-idx1-ubyte}, each with or without {@code .gz}. All four
 * may share a prefix, as in {@code mini-train-images-idx3-ubyte.gz}.
 */
public final class IdxFolder {
  private static final Pattern NAME =
      Pattern.compile("(|.*-)(train|t10k|test)-(?:images-idx3|labels-idx1)-ubyte(?:\\.gz)?");

  private static final List<String> ENDINGS = List.of("", ".gz");

  private IdxFolder() {}

  /**
   * Loads both sets. There are as many classes as the highest label says.
   *
   * @throws DataException when the folder or one of the files is missing, when it holds several
   *     sets and none has the plain names, or when a file cannot be used
   */
  public static Dataset load(Path folder) {
    String prefix = prefix(folder);
    Path test = find(folder, prefix + "t10k-images-idx3-ubyte", prefix + "test-images-idx3-ubyte");
    String testPrefix = test.getFileName().toString().replaceFirst("-images-idx3.*", "");
    String name = name(folder);
    Part trainPart = Part.read(folder, prefix + "train");
    Part testPart = Part.read(folder, testPrefix);
    int classes = Math.max(trainPart.maximumLabel(), testPart.maximumLabel()) + 1;
    return new Dataset(
        name, trainPart.toSet(name + "-train", classes), testPart.toSet(name + "-test", classes));
  }

  private static String name(Path folder) {
    Path last = folder.toAbsolutePath().normalize().getFileName();
    return last == null ? "idx" : last.toString();
  }

  /**
   * What stands before {@code train} in the file names: nothing where that is one of the choices.
   */
  private static String prefix(Path folder) {
    if (!Files.isDirectory(folder)) {
      throw new DataException(
          "The data folder "
              + folder
              + " does not exist; expected a folder with IDX files or with"
              + " the binary files of CIFAR-10.");
    }
    Set<String> prefixes = new TreeSet<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Matcher matcher = NAME.matcher(file.getFileName().toString());
        if (matcher.matches()) {
          prefixes.add(matcher.group(1));
        }
      }
    } catch (IOException e) {
      throw new DataException("The folder " + folder + " cannot be read: " + e.getMessage(), e);
    }
    if (prefixes.size() > 1 && !prefixes.contains("")) {
      throw new DataException(
          "The folder %s holds several data sets, with the prefixes %s; expected one."
              .formatted(folder, String.join(", ", prefixes)));
    }
    return prefixes.isEmpty() || prefixes.contains("") ? "" : prefixes.iterator().next();
  }

  private static Path find(Path folder, String... names) {
    for (String name : names) {
      for (String ending : ENDINGS) {
        Path file = folder.resolve(name + ending);
        if (Files.exists(file)) {
          return file;
        }
      }
    }
    throw new DataException(
        "The folder %s has no file %s; expected it there, plain or as .gz."
            .formatted(folder, String.join(" or ", names)));
  }

  /** The images and labels of one part. */
  private record Part(IdxFile images, IdxFile labels) {
    static Part read(Path folder, String prefix) {
      Path imageFile = find(folder, prefix + "-images-idx3-ubyte");
      Path labelFile = find(folder, prefix + "-labels-idx1-ubyte");
      IdxFile images = IdxFile.read(imageFile, 3);
      IdxFile labels = IdxFile.read(labelFile, 1);
      if (images.dim(0) != labels.dim(0)) {
        throw new DataException(
            "%s holds %d images, but %s holds %d labels; expected a label for each image."
                .formatted(imageFile, images.dim(0), labelFile, labels.dim(0)));
      }
      if (images.values().length == 0) {
        throw new DataException("%s holds no image.".formatted(imageFile));
      }
      return new Part(images, labels);
    }

    int maximumLabel() {
      int maximum = 0;
      for (byte label : labels.values()) {
        maximum = Math.max(maximum, label & 0xFF);
      }
      return maximum;
    }

    ImageSet toSet(String name, int classes) {
      int[] numbers = new int[labels.dim(0)];
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] = labels.values()[i] & 0xFF;
      }
      return new ImageSet(name, 1, images.dim(1), images.dim(2), images.values(), numbers, classes);
    }
  }
}
