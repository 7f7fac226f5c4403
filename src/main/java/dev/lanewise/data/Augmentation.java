package dev.lanewise.data;

import dev.lanewise.tensor.Shape;

/**
 * Small changes of training images that leave their class as it is, drawn anew in every epoch: the
 * image is moved by up to {@code shift} pixels in both directions (a crop of the image with so much
 * padding), then mirrored left to right with a probability of one half. What moves in from outside
 * is 0, which is the mean colour of normalised images.
 *
 * <p>The change of an image is a function of seed, epoch and image alone.
 *
 * @param shift most pixels to move by, from 0
 * @param mirror whether images are mirrored
 */
public record Augmentation(int shift, boolean mirror) {
  /** Images stay as they are. */
  public static final Augmentation NONE = new Augmentation(0, false);

  /** Usual for images of 32×32 (He et al., 2016): up to 4 pixels, and mirrored. */
  public static final Augmentation STANDARD = new Augmentation(4, true);

  /** For grey images, which are digits or letters mostly: mirrored they would be others. */
  public static final Augmentation GREY = new Augmentation(2, false);

  /** What is usual for images [C, H, W]: {@link #GREY} or {@link #STANDARD}. */
  public static Augmentation usualFor(Shape images) {
    return images.rank() == 3 && images.dim(0) == 1 ? GREY : STANDARD;
  }

  /** Keeps the draws apart from those of the orders and the split of the same seed. */
  private static final long SEED_OFFSET = 0x6175676D656E74L;

  /**
   * Checks the shift.
   *
   * @throws IllegalArgumentException when it is negative
   */
  public Augmentation {
    if (shift < 0) {
      throw new IllegalArgumentException(
          "The shift of an augmentation is " + shift + "; expected a number of pixels from 0.");
    }
  }

  /** Whether there is nothing to do. */
  boolean isNone() {
    return shift == 0 && !mirror;
  }

  /**
   * Changes one image in place.
   *
   * @param shape [C, H, W] of the image
   * @param offset where it starts in {@code values}
   * @param copy room for one image
   */
  void apply(
      Shape shape, float[] values, int offset, float[] copy, long seed, int epoch, int image) {
    RandomStream random = new RandomStream(seed + SEED_OFFSET, (long) epoch << 32 | image);
    int down = random.nextInt(2 * shift + 1) - shift;
    int right = random.nextInt(2 * shift + 1) - shift;
    boolean flip = mirror && random.nextInt(2) == 1;
    int height = shape.dim(1);
    int width = shape.dim(2);
    System.arraycopy(values, offset, copy, 0, Math.toIntExact(shape.size()));
    int to = offset;
    for (int plane = 0; plane < shape.dim(0); plane++) {
      for (int y = 0; y < height; y++) {
        int fromY = y - down;
        int row = (plane * height + fromY) * width;
        for (int x = 0; x < width; x++) {
          int fromX = (flip ? width - 1 - x : x) - right;
          boolean inside = fromY >= 0 && fromY < height && fromX >= 0 && fromX < width;
          values[to++] = inside ? copy[row + fromX] : 0;
        }
      }
    }
  }
}
