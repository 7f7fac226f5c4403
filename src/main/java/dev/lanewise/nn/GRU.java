package dev.lanewise.nn;

import dev.lanewise.op.Recurrence.Kind;
import dev.lanewise.tensor.Generator;

/**
 * Gated recurrent units. See {@link Recurrent} for shapes and names, {@link Kind#GRU} for the
 * formula.
 */
public final class GRU extends Recurrent {
  /** One layer with biases over sequences [N, T, inputs]. */
  public GRU(int inputs, int hidden, Generator random) {
    this(inputs, hidden, Options.standard(), random);
  }

  /**
   * Any arrangement; all parameters uniform within ±1/√hidden.
   *
   * @throws IllegalArgumentException when a size is not positive
   */
  public GRU(int inputs, int hidden, Options options, Generator random) {
    super(Kind.GRU, inputs, hidden, options, random);
  }
}
