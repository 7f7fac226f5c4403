package dev.lanewise.data;

/**
 * Random numbers as a function of a seed and the number of a stream, so that epoch 7 or image 1234
 * is the same whatever was drawn before it: the SplitMix64 generator of Steele, Lea and Flood,
 * <i>Fast Splittable Pseudorandom Number Generators</i> (2014), started at a mix of both.
 */
final class RandomStream {
  private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

  private long state;

  RandomStream(long seed, long stream) {
    restart(seed, stream);
  }

  /** Goes to the start of a stream. */
  void restart(long seed, long stream) {
    state = mix(mix(seed) + stream * GOLDEN_GAMMA);
  }

  private static long mix(long bits) {
    bits = (bits ^ bits >>> 30) * 0xBF58476D1CE4E5B9L;
    bits = (bits ^ bits >>> 27) * 0x94D049BB133111EBL;
    return bits ^ bits >>> 31;
  }

  long nextLong() {
    state += GOLDEN_GAMMA;
    return mix(state);
  }

  /** From 0 to below {@code bound}; the bias of the multiplication is below 2^-32. */
  int nextInt(int bound) {
    return (int) Math.unsignedMultiplyHigh(nextLong(), bound);
  }

  /** From {@code low} to below {@code high}. */
  float uniform(float low, float high) {
    return low + (nextLong() >>> 40) * 0x1p-24f * (high - low);
  }

  /** Shuffles by the method of Fisher and Yates. */
  void shuffle(int[] values) {
    for (int i = values.length - 1; i > 0; i--) {
      int j = nextInt(i + 1);
      int value = values[i];
      values[i] = values[j];
      values[j] = value;
    }
  }
}
