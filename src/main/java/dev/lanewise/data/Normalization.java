package dev.lanewise.data;

import java.util.Collections;
import java.util.List;

/**
 * Turns pixels into numbers around 0: (pixel / 255 - mean) / deviation, with a mean and a deviation
 * for each channel.
 *
 * @param mean of pixel / 255, by channel
 * @param deviation the standard deviation of pixel / 255, by channel
 */
public record Normalization(List<Float> mean, List<Float> deviation) {
  /**
   * Checks and copies the lists.
   *
   * @throws IllegalArgumentException when they differ in length or a deviation is not above 0
   */
  public Normalization {
    mean = List.copyOf(mean);
    deviation = List.copyOf(deviation);
    if (mean.size() != deviation.size() || mean.isEmpty()) {
      throw new IllegalArgumentException(
          "Normalisation needs a mean and a deviation for each channel, found %d and %d."
              .formatted(mean.size(), deviation.size()));
    }
    for (int c = 0; c < mean.size(); c++) {
      if (!Float.isFinite(mean.get(c)) || !(deviation.get(c) > 0 && deviation.get(c) < 1e30f)) {
        throw new IllegalArgumentException(
            "Channel %d has mean %s and deviation %s; expected a finite mean, a positive deviation."
                .formatted(c, mean.get(c), deviation.get(c)));
      }
    }
  }

  /**
   * Mean and deviation of a set, by channel. The sums are exact integers, so the result does not
   * depend on their order. A channel of one colour gets deviation 1.
   */
  public static Normalization of(ImageSet images) {
    int area = images.height() * images.width();
    byte[] pixels = images.pixels();
    Float[] mean = new Float[images.channels()];
    Float[] deviation = new Float[images.channels()];
    for (int c = 0; c < images.channels(); c++) {
      long[] counts = new long[256];
      for (int i = 0; i < images.size(); i++) {
        int start = (i * images.channels() + c) * area;
        for (int p = start; p < start + area; p++) {
          counts[pixels[p] & 0xFF]++;
        }
      }
      long sum = 0;
      long squares = 0;
      for (int value = 0; value < counts.length; value++) {
        sum += value * counts[value];
        squares += (long) value * value * counts[value];
      }
      double count = (double) images.size() * area;
      double average = sum / count;
      double variance = squares / count - average * average;
      mean[c] = (float) (average / 255);
      deviation[c] = variance > 0 ? (float) (Math.sqrt(variance) / 255) : 1;
    }
    return new Normalization(List.of(mean), List.of(deviation));
  }

  /** The same mean and deviation for every one of {@code channels}. */
  public static Normalization uniform(int channels, float mean, float deviation) {
    return new Normalization(
        Collections.nCopies(channels, mean), Collections.nCopies(channels, deviation));
  }

  /** The numbers of all 256 pixel values of a channel. */
  float[] table(int channel) {
    float[] table = new float[256];
    for (int pixel = 0; pixel < table.length; pixel++) {
      table[pixel] = (pixel / 255f - mean.get(channel)) / deviation.get(channel);
    }
    return table;
  }
}
