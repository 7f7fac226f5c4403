package dev.lanewise.kernel.random;

/**
 * Random numbers by counting: Philox4x32-10 of Salmon, Moraes, Dror and Shaw, <i>Parallel Random
 * Numbers: As Easy as 1, 2, 3</i> (2011).
 *
 * <p>Every number is a pure function of a seed, a stream and a position, so nothing depends on the
 * number of threads or on how work is cut, and a position is all that must be stored to go on. Two
 * streams of one seed have nothing in common: one for the weights, one for each epoch's order, one
 * for each dropout layer, and so on.
 *
 * <p>An instance reads one stream in order and belongs to one thread. The static methods keep no
 * state. Results have the same bits on every machine and at every vector width.
 */
public final class Philox {
  static final int MULTIPLIER_0 = 0xD2511F53;
  static final int MULTIPLIER_1 = 0xCD9E8D57;
  static final int KEY_STEP_0 = 0x9E3779B9;
  static final int KEY_STEP_1 = 0xBB67AE85;
  static final int ROUNDS = 10;

  private final long seed;
  private final long stream;
  private final int[] words = new int[4];
  private long position;

  /** The beginning of a stream of this seed. */
  public Philox(long seed, long stream) {
    this.seed = seed;
    this.stream = stream;
  }

  /** How many words have been drawn. */
  public long position() {
    return position;
  }

  /**
   * Goes to the place that {@link #position()} has told.
   *
   * @throws IllegalArgumentException if it is negative
   */
  public void position(long drawn) {
    if (drawn < 0) {
      throw new IllegalArgumentException("The position is " + drawn + "; expected 0 or more.");
    }
    position = drawn;
    if ((drawn & 3) != 0) {
      block(seed, stream, drawn >>> 2, words);
    }
  }

  /** The next 32 random bits. */
  public int nextInt() {
    int word = (int) position & 3;
    if (word == 0) {
      block(seed, stream, position >>> 2, words);
    }
    position++;
    return words[word];
  }

  /** The next 64 random bits. */
  public long nextLong() {
    long high = nextInt();
    return high << 32 | Integer.toUnsignedLong(nextInt());
  }

  /**
   * A number from 0 to below {@code bound}, each with the same probability (Lemire, <i>Fast Random
   * Integer Generation in an Interval</i>, 2019).
   *
   * @throws IllegalArgumentException if the bound is not above 0
   */
  public int nextInt(int bound) {
    if (bound <= 0) {
      throw new IllegalArgumentException("The bound is " + bound + "; expected above 0.");
    }
    long product = Integer.toUnsignedLong(nextInt()) * bound;
    int fraction = (int) product;
    if (Integer.compareUnsigned(fraction, bound) < 0) {
      int rejected = Integer.remainderUnsigned(-bound, bound);
      while (Integer.compareUnsigned(fraction, rejected) < 0) {
        product = Integer.toUnsignedLong(nextInt()) * bound;
        fraction = (int) product;
      }
    }
    return (int) (product >>> 32);
  }

  /** A number from 0 to below 1, of 24 random bits. */
  public float nextFloat() {
    return unit(nextInt());
  }

  /** A number from {@code low} to below {@code high}. */
  public float nextFloat(float low, float high) {
    return Math.min(Math.fma(nextFloat(), high - low, low), below(low, high));
  }

  /** A number of the standard normal distribution (Box and Muller, 1958); draws two words. */
  public double nextNormal() {
    double radius = StrictMath.sqrt(-2 * StrictMath.log(unit(nextInt()) + 0x1p-24));
    return radius * StrictMath.cos(2 * Math.PI * unit(nextInt()));
  }

  /** Brings an array into a random order, each with the same probability (Fisher and Yates). */
  public void shuffle(int[] values) {
    for (int last = values.length - 1; last > 0; last--) {
      int other = nextInt(last + 1);
      int value = values[last];
      values[last] = values[other];
      values[other] = value;
    }
  }

  /**
   * The numbers from 0 to {@code n - 1} in the order that a stream of a seed gives them.
   *
   * @throws IllegalArgumentException if n is negative
   */
  public static int[] permutation(int n, long seed, long stream) {
    if (n < 0) {
      throw new IllegalArgumentException("The length is " + n + "; expected 0 or more.");
    }
    int[] values = new int[n];
    for (int i = 0; i < n; i++) {
      values[i] = i;
    }
    new Philox(seed, stream).shuffle(values);
    return values;
  }

  /**
   * Fills memory with floats from {@code low} to below {@code high}, in parallel. Float number i
   * depends on the seed, the stream and i only. (They are not in the order in which {@link
   * #nextFloat()} gives them.)
   *
   * @param address of n floats
   */
  public static void fillUniform(
      long address, long n, long seed, long stream, float low, float high) {
    PhiloxFill.uniform(address, n, seed, stream, low, high);
  }

  /**
   * Fills memory with normally distributed floats, in parallel. Float number i depends on the seed,
   * the stream and i only. None is further than 5.8 deviations from the mean.
   *
   * @param address of n floats
   */
  public static void fillNormal(
      long address, long n, long seed, long stream, float mean, float deviation) {
    PhiloxFill.normal(address, n, seed, stream, mean, deviation);
  }

  /**
   * The four words of a place in a stream: the bijection of the paper, with the counter in the
   * lower and the stream in the upper half of its counter words, and the seed as its key.
   *
   * @param words receives them
   */
  public static void block(long seed, long stream, long counter, int[] words) {
    int c0 = (int) counter;
    int c1 = (int) (counter >>> 32);
    int c2 = (int) stream;
    int c3 = (int) (stream >>> 32);
    int k0 = (int) seed;
    int k1 = (int) (seed >>> 32);
    for (int round = 0; round < ROUNDS; round++) {
      long p0 = Integer.toUnsignedLong(MULTIPLIER_0) * Integer.toUnsignedLong(c0);
      long p1 = Integer.toUnsignedLong(MULTIPLIER_1) * Integer.toUnsignedLong(c2);
      c0 = (int) (p1 >>> 32) ^ c1 ^ k0;
      c1 = (int) p1;
      c2 = (int) (p0 >>> 32) ^ c3 ^ k1;
      c3 = (int) p0;
      k0 += KEY_STEP_0;
      k1 += KEY_STEP_1;
    }
    words[0] = c0;
    words[1] = c1;
    words[2] = c2;
    words[3] = c3;
  }

  /** The upper 24 bits of a word as a number from 0 to below 1, exactly. */
  public static float unit(int word) {
    return (word >>> 8) * 0x1p-24f;
  }

  /** What the rounding of a product must not pass: the last float of the interval. */
  static float below(float low, float high) {
    return Math.max(low, Math.nextDown(high));
  }
}
