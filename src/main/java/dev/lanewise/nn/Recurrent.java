package dev.lanewise.nn;

import dev.lanewise.op.Recurrence;
import dev.lanewise.op.Recurrence.Kind;
import dev.lanewise.op.Recurrence.State;
import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Recurrent layers on top of each other, in one or both directions, over sequences [N, T, inputs],
 * or [T, N, inputs] where {@link Options#batchFirst} is off. Parameters have PyTorch's names:
 * {@code weight_ih_l0}, {@code weight_hh_l0}, {@code bias_ih_l0}, {@code bias_hh_l0}, then those of
 * {@code l0_reverse} and of the next layers.
 */
public abstract sealed class Recurrent extends Layer permits RNN, LSTM, GRU {
  /**
   * How the layers are arranged.
   *
   * @param layers how many, each on the outputs of the one below
   * @param bias whether there are biases
   * @param batchFirst whether sequences are [N, T, inputs]
   * @param dropout probability between layers, in training
   * @param bidirectional whether a second direction runs from the end of the sequence
   * @param projection to how many values an LSTM projects its hidden ones; 0 for no projection
   */
  public record Options(
      int layers,
      boolean bias,
      boolean batchFirst,
      float dropout,
      boolean bidirectional,
      int projection) {
    /** One layer with biases, batch first. */
    public static Options standard() {
      return new Options(1, true, true, 0, false, 0);
    }

    /** This with another number of layers. */
    public Options layers(int count) {
      return new Options(count, bias, batchFirst, dropout, bidirectional, projection);
    }

    /** This in both directions or one. */
    public Options bidirectional(boolean both) {
      return new Options(layers, bias, batchFirst, dropout, both, projection);
    }

    /** This with sequences [N, T, inputs] or [T, N, inputs]. */
    public Options batchFirst(boolean first) {
      return new Options(layers, bias, first, dropout, bidirectional, projection);
    }

    /** This with dropout between layers. */
    public Options dropout(float p) {
      return new Options(layers, bias, batchFirst, p, bidirectional, projection);
    }

    /** This with an LSTM's outputs projected to so many values. */
    public Options projection(int values) {
      return new Options(layers, bias, batchFirst, dropout, bidirectional, values);
    }

    private int directions() {
      return bidirectional ? 2 : 1;
    }
  }

  /**
   * What comes out of a sequence.
   *
   * @param output the hidden values of the last layer at each step, both directions side by side
   * @param last the state after the last step of each layer and direction
   */
  public record Result(Tensor output, State last) {
    public Result {
      Objects.requireNonNull(output, "output");
      Objects.requireNonNull(last, "last");
    }
  }

  /**
   * The parameters of one layer in one direction.
   *
   * @param ih [gates * H, inputs]
   * @param hh [gates * H, H]
   * @param biasIh [gates * H], or null
   * @param biasHh [gates * H], or null
   * @param hr [P, H], the projection of an LSTM, which makes hh [gates * H, P]: the hidden values
   *     are W_hr σ(o) tanh(c') then (Sak, Senior and Beaufays, <i>Long Short-Term Memory Based
   *     Recurrent Neural Network Architectures</i>, 2014); or null
   */
  public record Weights(
      Tensor ih, Tensor hh, @Nullable Tensor biasIh, @Nullable Tensor biasHh, @Nullable Tensor hr) {
    public Weights {
      Objects.requireNonNull(ih, "ih");
      Objects.requireNonNull(hh, "hh");
    }

    /** The number of values of a cell. */
    int hidden(Kind kind) {
      return hh.shape().dim(0) / kind.gates();
    }

    /** The state after one step of x [N, inputs]. */
    State step(Kind kind, Tensor x, State state) {
      State next = kind.step(x.linear(ih, biasIh), state.hidden().linear(hh, biasHh), state);
      return hr == null ? next : new State(next.hidden().linear(hr, null), next.cell());
    }

    /** All steps of x [T, N, inputs]: the outputs [T, N, H], and the state of [N, H]. */
    private Result run(Kind kind, Tensor x, State start, boolean reverse) {
      if (hr != null || (biasIh == null) != (biasHh == null)) {
        return stepByStep(kind, x, start, reverse);
      }
      int steps = x.shape().dim(0);
      Tensor y = x.recurrence(new Recurrence(kind, reverse), ih, hh, start, biasIh, biasHh);
      Tensor cell = kind.hasCell() ? y.select(0, steps) : null;
      Tensor output = kind.hasCell() ? y.slice(0, 0, steps) : y;
      return new Result(output, new State(y.select(0, reverse ? 0 : steps - 1), cell));
    }

    private Result stepByStep(Kind kind, Tensor x, State start, boolean reverse) {
      List<Tensor> steps = x.unbind(0);
      List<Tensor> found = new ArrayList<>();
      State state = start;
      for (Tensor step : reverse ? steps.reversed() : steps) {
        state = step(kind, step, state);
        found.add(state.hidden());
      }
      return new Result(Tensor.stack(reverse ? found.reversed() : found, 0), state);
    }
  }

  private final Kind kind;
  private final int inputs;
  private final int hidden;
  private final Options options;
  private final Generator random;
  private final List<Weights> weights = new ArrayList<>();

  Recurrent(Kind kind, int inputs, int hidden, Options options, Generator random) {
    if (inputs < 1 || hidden < 1 || options.layers < 1) {
      throw new IllegalArgumentException(
          getClass().getSimpleName()
              + " needs at least one input, one hidden value and one layer, found "
              + inputs
              + ", "
              + hidden
              + " and "
              + options.layers
              + ".");
    }
    if (options.projection != 0
        && (kind != Kind.LSTM || options.projection < 0 || options.projection >= hidden)) {
      throw new IllegalArgumentException(
          getClass().getSimpleName()
              + ": a projection is for an LSTM and smaller than its hidden values, found "
              + options.projection
              + " of "
              + hidden
              + ".");
    }
    this.kind = kind;
    this.inputs = inputs;
    this.hidden = hidden;
    this.options = options;
    this.random = random;
    for (int layer = 0; layer < options.layers; layer++) {
      int output = options.projection == 0 ? hidden : options.projection;
      int width = layer == 0 ? inputs : output * options.directions();
      for (int direction = 0; direction < options.directions(); direction++) {
        String suffix = "_l" + layer + (direction == 0 ? "" : "_reverse");
        weights.add(
            cell(this, kind, width, hidden, options.projection, options.bias, suffix, random));
      }
    }
  }

  /** The parameters of a cell, uniform within ±1/√hidden, registered in PyTorch's order. */
  static Weights cell(
      Layer owner,
      Kind kind,
      int inputs,
      int hidden,
      int projection,
      boolean bias,
      String suffix,
      Generator random) {
    int outputs = projection == 0 ? hidden : projection;
    int rows = kind.gates() * hidden;
    double bound = 1 / Math.sqrt(hidden);
    UnaryOperator<Tensor> drawn = tensor -> Init.uniform(tensor, -bound, bound, random);
    return new Weights(
        owner.parameter("weight_ih" + suffix, drawn.apply(Tensor.uninitialized(rows, inputs))),
        owner.parameter("weight_hh" + suffix, drawn.apply(Tensor.uninitialized(rows, outputs))),
        bias ? owner.parameter("bias_ih" + suffix, drawn.apply(Tensor.uninitialized(rows))) : null,
        bias ? owner.parameter("bias_hh" + suffix, drawn.apply(Tensor.uninitialized(rows))) : null,
        projection == 0
            ? null
            : owner.parameter(
                "weight_hr" + suffix, drawn.apply(Tensor.uninitialized(projection, hidden))));
  }

  /** The outputs at each step, from a state of zeros. */
  @Override
  public Tensor forward(Tensor x) {
    return run(x, null).output;
  }

  /**
   * Runs over a sequence.
   *
   * @param initial the state to begin with, [layers * directions, N, H], its hidden values with a
   *     projection [layers * directions, N, P]; null for zeros
   * @throws IllegalArgumentException when the shapes do not fit
   */
  public Result run(Tensor x, @Nullable State initial) {
    if (x.shape().rank() != 3 || x.shape().dim(2) != inputs) {
      throw new IllegalArgumentException(
          getClass().getSimpleName()
              + ": sequences of "
              + inputs
              + " features are expected, "
              + (options.batchFirst ? "[N, T, features]" : "[T, N, features]")
              + ", found "
              + x.shape());
    }
    boolean drops = training() && options.dropout > 0;
    return run(
        kind, x, initial, weights, options, drops ? y -> y.dropout(options.dropout, random) : null);
  }

  /**
   * The same with parameters of the caller's.
   *
   * @param weights for each layer one for each direction
   * @param between applied to the outputs of a layer before the next one; or null
   */
  public static Result run(
      Kind kind,
      Tensor x,
      @Nullable State initial,
      List<Weights> weights,
      Options options,
      @Nullable UnaryOperator<Tensor> between) {
    int time = options.batchFirst ? 1 : 0;
    int batch = x.shape().dim(1 - time);
    Weights first = weights.getFirst();
    Shape states = Shape.of(weights.size(), batch, first.hh().shape().dim(1));
    Shape cells = Shape.of(weights.size(), batch, first.hidden(kind));
    State start = initial == null ? zeros(kind, states, cells) : initial;
    requireState(start.hidden(), states);
    if (start.cell() != null) {
      requireState(start.cell(), cells);
    }
    if (x.shape().dim(time) == 0) {
      throw new IllegalArgumentException(
          "A recurrent layer needs at least one step, found shape " + x.shape() + ".");
    }
    List<Tensor> lastHidden = new ArrayList<>();
    List<Tensor> lastCell = new ArrayList<>();
    int directions = options.directions();
    Tensor steps = options.batchFirst ? x.transpose(0, 1) : x;
    for (int layer = 0; layer < weights.size() / directions; layer++) {
      if (layer > 0 && between != null) {
        steps = between.apply(steps);
      }
      List<Tensor> outputs = new ArrayList<>();
      for (int direction = 0; direction < directions; direction++) {
        int index = layer * directions + direction;
        Tensor cell = start.cell();
        State state =
            new State(start.hidden().select(0, index), cell == null ? null : cell.select(0, index));
        Result one = weights.get(index).run(kind, steps, state, direction == 1);
        outputs.add(one.output);
        lastHidden.add(one.last.hidden());
        if (one.last.cell() != null) {
          lastCell.add(one.last.cell());
        }
      }
      steps = directions == 1 ? outputs.getFirst() : Tensor.concat(outputs, 2);
    }
    Tensor cell = lastCell.isEmpty() ? null : Tensor.stack(lastCell, 0);
    Tensor output = options.batchFirst ? steps.transpose(0, 1) : steps;
    return new Result(output, new State(Tensor.stack(lastHidden, 0), cell));
  }

  private static State zeros(Kind kind, Shape states, Shape cells) {
    Tensor cell = kind.hasCell() ? Tensor.zeros(cells.toArray()) : null;
    return new State(Tensor.zeros(states.toArray()), cell);
  }

  private static void requireState(Tensor state, Shape expected) {
    if (!state.shape().equals(expected)) {
      throw new IllegalArgumentException(
          "The state of a recurrent layer must be [layers * directions, N, hidden] = "
              + expected
              + ", found "
              + state.shape()
              + ".");
    }
  }

  @Override
  protected String attributes() {
    return inputs
        + ", "
        + hidden
        + (options.layers > 1 ? ", layers " + options.layers : "")
        + (options.bidirectional ? ", bidirectional" : "");
  }
}
