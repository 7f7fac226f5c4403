package dev.lanewise.nn;

import dev.lanewise.op.Recurrence.Kind;
import dev.lanewise.tensor.Generator;

/**
 * Plain recurrent layers. See {@link Recurrent} for shapes and names, {@link Kind#TANH} for the
 * formula.
 */
public final class RNN extends Recurrent {
  /** One layer with biases over sequences [N, T, inputs]. */
  public RNN(int inputs, int hidden, Generator random) {
    this(inputs, hidden, Options.standard(), random);
  }

  /**
   * Any arrangement; all parameters uniform within ±1/√hidden.
   *
   * @throws IllegalArgumentException when a size is not positive
   */
  public RNN(int inputs, int hidden, Options options, Generator random) {
    super(Kind.TANH, inputs, hidden, options, random);
  }

  /**
   * With another nonlinearity.
   *
   * @param kind {@link Kind#TANH} or {@link Kind#RELU}
   */
  public RNN(Kind kind, int inputs, int hidden, Options options, Generator random) {
    super(plain(kind), inputs, hidden, options, random);
  }

  private static Kind plain(Kind kind) {
    if (kind.gates() != 1) {
      throw new IllegalArgumentException("RNN: expected TANH or RELU, found " + kind + ".");
    }
    return kind;
  }
}
