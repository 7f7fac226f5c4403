package dev.lanewise.nn;

import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Tensor;

/** In training, each element becomes 0 with probability p and is divided by 1 - p otherwise. */
public final class Dropout extends DropoutLayer {
  /** With p = 0.5. */
  public Dropout(Generator random) {
    this(0.5f, random);
  }

  /**
   * With any probability.
   *
   * @param random gives a stream of its own to each call
   * @throws IllegalArgumentException when the probability does not lie in 0..1
   */
  public Dropout(float p, Generator random) {
    super(p, random);
  }

  @Override
  Tensor drop(Tensor x) {
    return x.dropout(p, random);
  }
}
