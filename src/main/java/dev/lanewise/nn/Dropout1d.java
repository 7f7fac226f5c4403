package dev.lanewise.nn;

import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Tensor;

/** As {@link Dropout} for whole channels of [N, C, length]. */
public final class Dropout1d extends DropoutLayer {
  /** With p = 0.5. */
  public Dropout1d(Generator random) {
    this(0.5f, random);
  }

  /**
   * With any probability.
   *
   * @param random gives a stream of its own to each call
   * @throws IllegalArgumentException when the probability does not lie in 0..1
   */
  public Dropout1d(float p, Generator random) {
    super(p, random);
  }

  @Override
  Tensor drop(Tensor x) {
    return x.channelDropout(p, random);
  }
}
