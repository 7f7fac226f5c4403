package dev.lanewise.kernel;

/** The channels of a pixel in maximum pooling backward, see {@link MaxPoolGradientLoop}. */
interface MaxPoolGradientRange {
  /**
   * Gathers from the windows A and B what belongs to a pixel: the gradients where the maximum stood
   * at this place of the window.
   *
   * @param dyA the gradients of the first window
   * @param placesA where its maxima stood, a byte each, four channels in a vector of ints
   * @param placeA the pixel's place in it
   * @param dyB the same of the second window, where there are two
   * @param dx the gradients of the pixel
   * @param groups how many times four channels
   */
  void run(
      long dyA, long placesA, int placeA, long dyB, long placesB, int placeB, long dx, int groups);
}
