package dev.lanewise.nn;

import dev.lanewise.op.Recurrence.Kind;
import dev.lanewise.tensor.Generator;

/**
 * Long short-term memory. See {@link Recurrent} for shapes and names, {@link Kind#LSTM} for the
 * formula.
 */
public final class LSTM extends Recurrent {
  /** One layer with biases over sequences [N, T, inputs]. */
  public LSTM(int inputs, int hidden, Generator random) {
    this(inputs, hidden, Options.standard(), random);
  }

  /**
   * Any arrangement; all parameters uniform within ±1/√hidden.
   *
   * @throws IllegalArgumentException when a size is not positive
   */
  public LSTM(int inputs, int hidden, Options options, Generator random) {
    super(Kind.LSTM, inputs, hidden, options, random);
  }
}
