package dev.lanewise.example;

/**
 * A digit drawn anywhere on a square, at any size, laid out as the images of MNIST are (LeCun et
 * al., <i>Gradient-Based Learning Applied to Document Recognition</i>, 1998, section III): its
 * longer side is scaled to 20 pixels, and its centre of mass lies in the middle of 28×28. A network
 * knows digits as it has seen them, so this step is worth as much as the network.
 */
final class DrawnDigit {
  static final int SIZE = 28;
  private static final double BOX = 20;

  /** What is darker than this is taken for an empty place. */
  private static final int FAINT = 16;

  private DrawnDigit() {}

  /**
   * The image.
   *
   * @param pixels unsigned, light on dark, in rows of {@code edge}
   * @return {@value #SIZE} rows of values from 0 to 1; all 0 when nothing is drawn
   */
  static float[] centred(byte[] pixels, int edge) {
    int left = edge;
    int right = -1;
    int top = edge;
    int bottom = -1;
    double mass = 0;
    double centreX = 0;
    double centreY = 0;
    for (int y = 0; y < edge; y++) {
      for (int x = 0; x < edge; x++) {
        int light = pixels[y * edge + x] & 0xFF;
        if (light > FAINT) {
          left = Math.min(left, x);
          right = Math.max(right, x);
          top = Math.min(top, y);
          bottom = y;
          mass += light;
          centreX += light * (x + 0.5);
          centreY += light * (y + 0.5);
        }
      }
    }
    float[] image = new float[SIZE * SIZE];
    if (mass == 0) {
      return image;
    }
    double scale = Math.max(right - left + 1, bottom - top + 1) / BOX;
    double fromX = start(centreX / mass, left, right + 1, scale);
    double fromY = start(centreY / mass, top, bottom + 1, scale);
    for (int y = 0; y < SIZE; y++) {
      for (int x = 0; x < SIZE; x++) {
        double light = mean(pixels, edge, fromX + x * scale, fromY + y * scale, scale);
        image[y * SIZE + x] = (float) (light / 255);
      }
    }
    return image;
  }

  /** Where the image begins: the centre in its middle, but nothing of the digit outside. */
  private static double start(double centre, int low, int high, double scale) {
    return Math.clamp(centre - SIZE / 2.0 * scale, high - SIZE * scale, low);
  }

  /** The mean over a square whose borders may lie inside pixels; outside it is dark. */
  private static double mean(byte[] pixels, int edge, double left, double top, double size) {
    double sum = 0;
    int lastY = Math.min(edge, (int) Math.ceil(top + size));
    int lastX = Math.min(edge, (int) Math.ceil(left + size));
    for (int y = Math.max(0, (int) Math.floor(top)); y < lastY; y++) {
      double height = Math.min(y + 1, top + size) - Math.max(y, top);
      for (int x = Math.max(0, (int) Math.floor(left)); x < lastX; x++) {
        double width = Math.min(x + 1, left + size) - Math.max(x, left);
        sum += height * width * (pixels[y * edge + x] & 0xFF);
      }
    }
    return sum / (size * size);
  }
}
