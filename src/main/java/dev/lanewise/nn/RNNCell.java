package dev.lanewise.nn;

import dev.lanewise.op.Recurrence.Kind;
import dev.lanewise.tensor.Generator;

/** One step of {@link RNN}; see {@link RecurrentCell}. */
public final class RNNCell extends RecurrentCell {
  /** With biases; all parameters uniform within ±1/√hidden. */
  public RNNCell(int inputs, int hidden, Generator random) {
    this(inputs, hidden, true, random);
  }

  /**
   * With biases or without.
   *
   * @throws IllegalArgumentException when a size is not positive
   */
  public RNNCell(int inputs, int hidden, boolean bias, Generator random) {
    super(Kind.TANH, inputs, hidden, bias, random);
  }
}
