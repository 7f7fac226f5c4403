package dev.lanewise.tensor;

import dev.lanewise.kernel.Philox;

/**
 * A seeded source of random tensors. Each draw takes a stream of its own from {@link Philox}, so
 * the values of a draw depend only on the seed and on how many draws came before it, never on
 * threads, and {@link #draws} is all that must be stored to go on later.
 */
public final class Generator {
  private final long seed;
  private long draws;

  /** Starts the sequence of a seed. */
  public Generator(long seed) {
    this.seed = seed;
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
    Philox philox = new Philox(seed, draws++);
    float[] values = new float[Math.toIntExact(count)];
    for (int i = 0; i < values.length; i++) {
      values[i] = philox.nextFloat(low, high);
    }
    return values;
  }

  /** Normally distributed values. */
  public float[] normalValues(long count, float mean, float deviation) {
    Philox philox = new Philox(seed, draws++);
    float[] values = new float[Math.toIntExact(count)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (mean + deviation * philox.nextNormal());
    }
    return values;
  }
}
