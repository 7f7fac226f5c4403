package dev.lanewise.nn;

import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Tensor;
import java.util.Objects;

/** As {@link Dropout} for whole channels of [N, C, H, W]. */
public final class Dropout2d extends Layer {
  private final float p;
  private final Generator random;

  /** With p = 0.5. */
  public Dropout2d(Generator random) {
    this(0.5f, random);
  }

  /**
   * With any probability.
   *
   * @param random gives a stream of its own to each call
   * @throws IllegalArgumentException when the probability does not lie in 0..1
   */
  public Dropout2d(float p, Generator random) {
    if (!(p >= 0 && p <= 1)) {
      throw new IllegalArgumentException(
          "Dropout2d: the probability must lie in 0..1, found " + p + ".");
    }
    this.p = p;
    this.random = Objects.requireNonNull(random, "random");
  }

  @Override
  public Tensor forward(Tensor x) {
    return training() && p > 0 ? x.channelDropout(p, random) : x;
  }

  @Override
  protected String attributes() {
    return "p " + p;
  }
}
