package dev.lanewise.bench;

import java.nio.FloatBuffer;
import java.util.SplittableRandom;

/**
 * A parameter of a {@link Network} and what it begins with: numbers around a constant.
 *
 * @param constant the middle
 * @param bound how far from it they lie at most
 */
record Weight(int[] shape, double constant, double bound) {
  /**
   * A matrix, a kernel or a bias beside it, within LeCun's bound, with which the deepest network
   * without norms trains, too.
   *
   * @param matrix the shape of the matrix, outputs first
   */
  static Weight uniform(int[] shape, int[] matrix) {
    return new Weight(shape, 0, Math.sqrt(3.0 * matrix[0] / Numbers.size(matrix)));
  }

  /** The factors of a norm. */
  static Weight ones(int size) {
    return new Weight(new int[] {size}, 1, 0);
  }

  /** What a norm adds. */
  static Weight zeros(int size) {
    return new Weight(new int[] {size}, 0, 0);
  }

  /** Fills the buffer; the same numbers for the same seed. */
  void write(long seed, FloatBuffer to) {
    SplittableRandom random = new SplittableRandom(seed);
    while (to.hasRemaining()) {
      to.put((float) (constant + bound * ((random.nextInt() >> 8) * 0x1p-23)));
    }
  }
}
