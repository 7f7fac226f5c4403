package dev.lanewise.kernel.pool;

/** The channels of a pixel in maximum pooling backward, see {@link MaxPoolGradientLoop}. */
interface MaxPoolGradientRange {
  /**
   * How far it is from a window to the next one that holds the same pixel.
   *
   * @param gradients bytes from gradients to gradients
   * @param places bytes from places to places
   * @param place by how much the pixel's number in the window grows
   */
  record Step(long gradients, long places, int place) {}

  /**
   * Gathers from all windows that hold a pixel what belongs to it: the gradients where the maximum
   * stood at this place of the window.
   *
   * @param dy the gradients of the first window
   * @param places where its maxima stood, a byte each, four channels in a vector of ints
   * @param place the pixel's place in it
   * @param next to the second window, where there are two or four
   * @param down from the first two windows to the others, where there are four
   * @param dx the gradients of the pixel, overwritten
   * @param below those of the pixel below it, where that is written too
   * @param further by how much that one's number in a window is larger
   * @param groups how many times four channels
   */
  void run(
      long dy,
      long places,
      int place,
      Step next,
      Step down,
      long dx,
      long below,
      int further,
      int groups);
}
