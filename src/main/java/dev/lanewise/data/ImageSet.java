package dev.lanewise.data;

import dev.lanewise.tensor.Shape;
import java.util.Objects;

/**
 * Images of one size with labels. The pixels are held once, as unsigned bytes in the order [N, C,
 * H, W]; {@link #normalized} and {@link Subset} are views of them. Immutable.
 */
public final class ImageSet {
  private final String name;
  private final byte[] pixels;
  private final int[] labels;
  private final int classes;
  private final int channels;
  private final int height;
  private final int width;

  /**
   * Takes over both arrays; the caller must not change them any more.
   *
   * @param name says in messages which set this is
   * @param pixels unsigned bytes, [N, channels, height, width]
   * @param labels N classes, each below {@code classes}
   * @throws DataException when there is no image, the numbers of images and labels differ, or a
   *     label is none of the classes
   */
  public ImageSet(
      String name, int channels, int height, int width, byte[] pixels, int[] labels, int classes) {
    long bytes = (long) channels * height * width;
    if (bytes < 1 || pixels.length == 0) {
      throw new DataException(
          "The set %s holds no image: %d bytes of pixels of %d x %d x %d."
              .formatted(name, pixels.length, channels, height, width));
    }
    if (pixels.length != bytes * labels.length) {
      throw new DataException(
          "The set %s has %d images but %d labels; expected a label for each image."
              .formatted(name, pixels.length / bytes, labels.length));
    }
    for (int i = 0; i < labels.length; i++) {
      if (labels[i] < 0 || labels[i] >= classes) {
        throw new DataException(
            "Label %d of the set %s is %d; expected 0 to %d."
                .formatted(i, name, labels[i], classes - 1));
      }
    }
    this.name = Objects.requireNonNull(name, "name");
    this.channels = channels;
    this.height = height;
    this.width = width;
    this.pixels = pixels;
    this.labels = labels;
    this.classes = classes;
  }

  /** The name of the set, for messages. */
  public String name() {
    return name;
  }

  /** The number of images. */
  public int size() {
    return labels.length;
  }

  /** The shape of one image: [C, H, W]. */
  public Shape shape() {
    return Shape.of(channels, height, width);
  }

  /** The number of channels: 1 for grey images, 3 for colours. */
  public int channels() {
    return channels;
  }

  /** The number of rows of an image. */
  public int height() {
    return height;
  }

  /** The number of columns of an image. */
  public int width() {
    return width;
  }

  /** The number of classes. */
  public int classes() {
    return classes;
  }

  /** The class of an image. */
  public int label(int index) {
    return labels[index];
  }

  /** One pixel, 0 to 255. */
  public int pixel(int index, int channel, int y, int x) {
    return pixels[((index * channels + channel) * height + y) * width + x] & 0xFF;
  }

  /** The images as numbers for a network, each channel shifted and scaled. Nothing is copied. */
  public Samples normalized(Normalization normalization) {
    return new NormalizedImages(this, normalization);
  }

  /** The pixels themselves, for this package. */
  byte[] pixels() {
    return pixels;
  }

  /** As {@code mnist-train: 60000 images 1x28x28, 10 classes}. */
  @Override
  public String toString() {
    return "%s: %d images %dx%dx%d, %d classes"
        .formatted(name, size(), channels, height, width, classes);
  }
}
