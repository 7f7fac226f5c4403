package dev.lanewise.data;

import java.nio.file.Path;

/**
 * A set to train on and one to test with, of the same kind of images.
 *
 * @param name for messages and checkpoints
 * @param train images to train and validate with
 * @param test images for the last word
 */
public record Dataset(String name, ImageSet train, ImageSet test) {
  /** The name of the built-in set. */
  public static final String SYNTHETIC_DIGITS = "synthetic-digits";

  /**
   * Checks that both belong together.
   *
   * @throws DataException when image size or number of classes differ
   */
  public Dataset {
    if (!train.shape().equals(test.shape()) || train.classes() != test.classes()) {
      throw new DataException(
          "The training set (%s) and the test set (%s) of %s do not belong together."
              .formatted(train, test, name));
    }
  }

  /**
   * Opens what a user names: {@value #SYNTHETIC_DIGITS}, a folder with IDX files, or one with the
   * binary files of CIFAR-10.
   *
   * @param seed of the built-in set; of no account for files
   * @throws DataException when there is no such folder, or its files cannot be used
   */
  public static Dataset open(String nameOrFolder, long seed) {
    if (nameOrFolder.equals(SYNTHETIC_DIGITS)) {
      return SyntheticDigits.dataset(seed);
    }
    Path folder = Path.of(nameOrFolder);
    return CifarFolder.fits(folder) ? CifarFolder.load(folder) : IdxFolder.load(folder);
  }
}
