package dev.lanewise.nn;

import dev.lanewise.nn.Recurrent.Weights;
import dev.lanewise.op.Recurrence.Kind;
import dev.lanewise.op.Recurrence.State;
import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * One step of a recurrent layer: x [N, inputs] and the state [N, H] give the next state. Parameters
 * {@code weight_ih}, {@code weight_hh}, {@code bias_ih}, {@code bias_hh}.
 */
public abstract sealed class RecurrentCell extends Layer permits RNNCell, LSTMCell, GRUCell {
  private final Kind kind;
  private final int inputs;
  private final int hidden;
  private final Weights weights;

  RecurrentCell(Kind kind, int inputs, int hidden, boolean bias, Generator random) {
    if (inputs < 1 || hidden < 1) {
      throw new IllegalArgumentException(
          getClass().getSimpleName()
              + " needs at least one input and one hidden value, found "
              + inputs
              + " and "
              + hidden
              + ".");
    }
    this.kind = kind;
    this.inputs = inputs;
    this.hidden = hidden;
    weights = Recurrent.cell(this, kind, inputs, hidden, 0, bias, "", random);
  }

  /** The hidden values after one step from a state of zeros. */
  @Override
  public Tensor forward(Tensor x) {
    return step(x, null).hidden();
  }

  /** The state after one step; null stands for a state of zeros. */
  public State step(Tensor x, @Nullable State state) {
    State before = state;
    if (before == null) {
      Tensor zero = Tensor.zeros(x.shape().dim(0), hidden);
      before = new State(zero, kind.hasCell() ? zero : null);
    }
    return weights.step(kind, x, before);
  }

  @Override
  protected String attributes() {
    return inputs + ", " + hidden;
  }
}
