package dev.lanewise.nn;

import dev.lanewise.tensor.Tensor;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What a recurrent cell computes from its input and its state; gates in PyTorch's order. */
public enum RecurrentKind {
  /** h' = tanh(W_ih x + b_ih + W_hh h + b_hh) (Elman, <i>Finding Structure in Time</i>, 1990). */
  TANH(1) {
    @Override
    State step(Tensor x, State state, Weights w) {
      return new State(w.input(x).add(w.hidden(state.hidden)).tanh(), null);
    }
  },
  /** As {@link #TANH}, with the rectifier. */
  RELU(1) {
    @Override
    State step(Tensor x, State state, Weights w) {
      return new State(w.input(x).add(w.hidden(state.hidden)).relu(), null);
    }
  },
  /**
   * Gates i, f, g, o: c' = σ(f) c + σ(i) tanh(g), h' = σ(o) tanh(c') (Hochreiter and Schmidhuber,
   * <i>Long Short-Term Memory</i>, 1997; forget gate by Gers et al., 2000). Where there is a
   * projection, h' = W_hr σ(o) tanh(c') (Sak, Senior and Beaufays, <i>Long Short-Term Memory Based
   * Recurrent Neural Network Architectures</i>, 2014).
   */
  LSTM(4) {
    @Override
    State step(Tensor x, State state, Weights w) {
      List<Tensor> gates = w.input(x).add(w.hidden(state.hidden)).chunk(4, -1);
      Tensor kept = gates.get(1).sigmoid().mul(Objects.requireNonNull(state.cell));
      Tensor cell = kept.add(gates.get(0).sigmoid().mul(gates.get(2).tanh()));
      Tensor hidden = gates.get(3).sigmoid().mul(cell.tanh());
      return new State(w.hr == null ? hidden : hidden.linear(w.hr, null), cell);
    }
  },
  /**
   * Gates r, z, n: n = tanh(W_in x + b_in + σ(r) (W_hn h + b_hn)), h' = (1 - σ(z)) n + σ(z) h (Cho
   * et al., <i>Learning Phrase Representations using RNN Encoder–Decoder</i>, 2014).
   */
  GRU(3) {
    @Override
    State step(Tensor x, State state, Weights w) {
      List<Tensor> fromInput = w.input(x).chunk(3, -1);
      List<Tensor> fromState = w.hidden(state.hidden).chunk(3, -1);
      Tensor reset = fromInput.get(0).add(fromState.get(0)).sigmoid();
      Tensor keep = fromInput.get(1).add(fromState.get(1)).sigmoid();
      Tensor fresh = fromInput.get(2).add(reset.mul(fromState.get(2))).tanh();
      return new State(fresh.add(keep.mul(state.hidden.sub(fresh))), null);
    }
  };

  private final int gates;

  RecurrentKind(int gates) {
    this.gates = gates;
  }

  /** How many times the hidden size the weights have rows. */
  public int gates() {
    return gates;
  }

  /** Whether the state has a cell beside the hidden values. */
  public boolean hasCell() {
    return this == LSTM;
  }

  /** The state after one step. */
  abstract State step(Tensor x, State state, Weights w);

  /**
   * What a cell remembers.
   *
   * @param hidden [N, H], for whole networks [layers * directions, N, H]
   * @param cell of the same shape but for a projection, for {@link #LSTM}; else null
   */
  public record State(Tensor hidden, @Nullable Tensor cell) {
    public State {
      Objects.requireNonNull(hidden, "hidden");
    }
  }

  /**
   * The parameters of one layer in one direction.
   *
   * @param ih [gates * H, inputs]
   * @param hh [gates * H, H]
   * @param biasIh [gates * H], or null
   * @param biasHh [gates * H], or null
   * @param hr [P, H], the projection of {@link #LSTM}, which makes hh [gates * H, P]; or null
   */
  public record Weights(
      Tensor ih, Tensor hh, @Nullable Tensor biasIh, @Nullable Tensor biasHh, @Nullable Tensor hr) {
    public Weights {
      Objects.requireNonNull(ih, "ih");
      Objects.requireNonNull(hh, "hh");
    }

    /** The number of values of a cell. */
    int hidden(RecurrentKind kind) {
      return hh.shape().dim(0) / kind.gates();
    }

    Tensor input(Tensor x) {
      return x.linear(ih, biasIh);
    }

    Tensor hidden(Tensor h) {
      return h.linear(hh, biasHh);
    }
  }
}
