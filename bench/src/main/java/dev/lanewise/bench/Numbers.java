package dev.lanewise.bench;

import java.util.SplittableRandom;

/** Random numbers that are the same in every process. */
final class Numbers {
  private Numbers() {}

  /** Between -1 and 1. */
  static float[] uniform(long seed, int size) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (random.nextInt() >> 8) * 0x1p-23f;
    }
    return values;
  }

  static int size(int... shape) {
    int size = 1;
    for (int extent : shape) {
      size = Math.multiplyExact(size, extent);
    }
    return size;
  }
}
