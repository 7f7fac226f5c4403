package dev.lanewise.tensor;

/**
 * A seeded source of random tensors. Value number i of a seed is a pure function of both (Philox,
 * see {@link #block}), so nothing depends on the number of threads, and {@link #position} is all
 * that must be stored to go on later.
 */
public final class Generator {
  private static final int MULTIPLIER_0 = 0xD2511F53;
  private static final int MULTIPLIER_1 = 0xCD9E8D57;
  private static final int WEYL_0 = 0x9E3779B9;
  private static final int WEYL_1 = 0xBB67AE85;
  private static final int ROUNDS = 10;

  private final long seed;
  private long position;

  /** Starts the sequence of a seed. */
  public Generator(long seed) {
    this.seed = seed;
  }

  /** The seed. */
  public long seed() {
    return seed;
  }

  /** How many groups of four values have been drawn. */
  public long position() {
    return position;
  }

  /** Goes to a place in the sequence that {@link #position} has told. */
  public void position(long groups) {
    position = groups;
  }

  /** A tensor of values from {@code low} up to, not including, {@code high}. */
  public Tensor uniform(Shape shape, float low, float high) {
    return Tensor.of(uniformValues(shape.size(), low, high), shape.toArray());
  }

  /** A tensor of normally distributed values. */
  public Tensor normal(Shape shape, float mean, float deviation) {
    return Tensor.of(normalValues(shape.size(), mean, deviation), shape.toArray());
  }

  /** Values from {@code low} up to, not including, {@code high}. */
  public float[] uniformValues(long count, float low, float high) {
    float[] values = new float[Math.toIntExact(count)];
    int[] words = new int[4];
    for (int i = 0; i < values.length; i++) {
      if (i % 4 == 0) {
        block(seed, position++, words);
      }
      float value = low + unit(words[i % 4]) * (high - low);
      values[i] = value < high ? value : Math.max(low, Math.nextDown(high));
    }
    return values;
  }

  /** Normally distributed values (Box and Muller, 1958). */
  public float[] normalValues(long count, float mean, float deviation) {
    float[] values = new float[Math.toIntExact(count)];
    int[] words = new int[4];
    for (int i = 0; i < values.length; i++) {
      if (i % 4 == 0) {
        block(seed, position++, words);
      }
      int pair = i % 4 & 2;
      double radius = Math.sqrt(-2 * Math.log(1 - unit(words[pair])));
      double angle = 2 * Math.PI * unit(words[pair + 1]);
      double unit = radius * (i % 2 == 0 ? Math.cos(angle) : Math.sin(angle));
      values[i] = (float) (mean + deviation * unit);
    }
    return values;
  }

  /** 24 random bits as a number from 0 to below 1. */
  private static float unit(int word) {
    return (word >>> 8) * 0x1p-24f;
  }

  /**
   * Philox4x32-10: four random words as a function of a key and a counter (Salmon et al.,
   * <i>Parallel Random Numbers: As Easy as 1, 2, 3</i>, 2011).
   */
  static void block(long key, long counter, int[] words) {
    int c0 = (int) counter;
    int c1 = (int) (counter >>> 32);
    int c2 = 0;
    int c3 = 0;
    int k0 = (int) key;
    int k1 = (int) (key >>> 32);
    for (int round = 0; round < ROUNDS; round++) {
      long p0 = Integer.toUnsignedLong(MULTIPLIER_0) * Integer.toUnsignedLong(c0);
      long p1 = Integer.toUnsignedLong(MULTIPLIER_1) * Integer.toUnsignedLong(c2);
      c0 = (int) (p1 >>> 32) ^ c1 ^ k0;
      c1 = (int) p1;
      c2 = (int) (p0 >>> 32) ^ c3 ^ k1;
      c3 = (int) p0;
      k0 += WEYL_0;
      k1 += WEYL_1;
    }
    words[0] = c0;
    words[1] = c1;
    words[2] = c2;
    words[3] = c3;
  }
}
