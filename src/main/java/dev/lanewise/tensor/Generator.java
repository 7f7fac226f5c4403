package dev.lanewise.tensor;

import dev.lanewise.kernel.elementwise.Elementwise;
import dev.lanewise.kernel.random.RandomFill;
import java.lang.ref.Reference;
import java.util.function.LongConsumer;

/**
 * A seeded source of random tensors. Each draw takes a stream of its own from the counter-based
 * generator Philox, so the values of a draw depend only on the seed and on how many draws came
 * before it, never on threads, and {@link #draws} is all that must be stored to go on later.
 */
public final class Generator {
  private final long seed;
  private final boolean zeros;
  private long draws;

  /** Starts the sequence of a seed. */
  public Generator(long seed) {
    this(seed, false);
  }

  private Generator(long seed, boolean zeros) {
    this.seed = seed;
    this.zeros = zeros;
  }

  /**
   * Gives zeros, in no time: for a network whose parameters are loaded afterwards, or of which only
   * the shapes matter.
   */
  public static Generator zeros() {
    return new Generator(0, true);
  }

  /** The seed. */
  public long seed() {
    return seed;
  }

  /** How many tensors have been drawn. */
  public long draws() {
    return draws;
  }

  /** Goes to the place that {@link #draws} has told. */
  public void skipTo(long draws) {
    this.draws = draws;
  }

  /** For operations that draw by themselves: the number of a stream that nobody else gets. */
  public long nextStream() {
    Region region = ThreadState.current().region;
    if (region != null) {
      region.draws(this);
    }
    return draws++;
  }

  /** A tensor of values from {@code low} up to, not including, {@code high}. */
  public Tensor uniform(Shape shape, float low, float high) {
    return uniform(Tensor.uninitialized(shape.toArray()), low, high);
  }

  /** A tensor of normally distributed values. */
  public Tensor normal(Shape shape, float mean, float deviation) {
    return normal(Tensor.uninitialized(shape.toArray()), mean, deviation);
  }

  /**
   * Overwrites a tensor with values from {@code low} up to, not including, {@code high}. Returns
   * it.
   *
   * @throws IllegalStateException when it is not plain and contiguous
   */
  public Tensor uniform(Tensor y, float low, float high) {
    return fill("uniform", y, stream -> RandomFill.uniform(y, y.size(), seed, stream, low, high));
  }

  /**
   * Overwrites a tensor with normally distributed values. Returns it.
   *
   * @throws IllegalStateException when it is not plain and contiguous
   */
  public Tensor normal(Tensor y, float mean, float deviation) {
    return fill(
        "normal", y, stream -> RandomFill.normal(y, y.size(), seed, stream, mean, deviation));
  }

  private Tensor fill(String who, Tensor y, LongConsumer draw) {
    if (y.dtype() != DType.FLOAT32 || y.layout() != Layout.PLAIN || !y.isContiguous()) {
      throw new IllegalStateException(
          who + ": expected a plain contiguous FLOAT32 tensor, found " + y);
    }
    if (zeros) {
      Elementwise.fill(y, 0, y.size());
    } else {
      draw.accept(nextStream());
    }
    Reference.reachabilityFence(y);
    y.changed();
    return y;
  }

  /** Values from {@code low} up to, not including, {@code high}. */
  public float[] uniformValues(long count, float low, float high) {
    try (Tensor values = uniform(Shape.of(Math.toIntExact(count)), low, high)) {
      return values.toArray();
    }
  }

  /** Normally distributed values. */
  public float[] normalValues(long count, float mean, float deviation) {
    try (Tensor values = normal(Shape.of(Math.toIntExact(count)), mean, deviation)) {
      return values.toArray();
    }
  }
}
