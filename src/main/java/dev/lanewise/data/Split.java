package dev.lanewise.data;

import java.util.Arrays;
import java.util.Objects;

/**
 * Samples cut in two at random: those to train on, and those to choose by (when to stop, which
 * epoch is best) without touching the test set.
 *
 * @param train what is left
 * @param validation what was taken out
 */
public record Split(Subset train, Subset validation) {
  public Split {
    Objects.requireNonNull(train, "train");
    Objects.requireNonNull(validation, "validation");
  }

  /** Keeps the draws of a split apart from those of the epochs of the same seed. */
  private static final long STREAM = -1;

  /**
   * Takes out {@code validation} samples, always the same for a seed. Both parts keep the order of
   * the whole.
   *
   * @throws IllegalArgumentException when nothing would be left to train on
   */
  public static Split of(Samples samples, int validation, long seed) {
    int size = samples.size();
    if (validation < 0 || validation >= size) {
      throw new IllegalArgumentException(
          "%d samples for validation of %d; expected 0 to %d."
              .formatted(validation, size, size - 1));
    }
    int[] order = new int[size];
    Arrays.setAll(order, i -> i);
    new RandomStream(seed, STREAM).shuffle(order);
    Arrays.sort(order, 0, validation);
    Arrays.sort(order, validation, size);
    return new Split(
        new Subset(samples, Arrays.copyOfRange(order, validation, size)),
        new Subset(samples, Arrays.copyOf(order, validation)));
  }

  /** Takes out one sample of twelve: 5,000 of the 60,000 of MNIST. */
  public static Split twelfth(Samples samples, long seed) {
    return of(samples, samples.size() / 12, seed);
  }
}
