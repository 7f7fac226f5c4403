package dev.lanewise.nn;

import dev.lanewise.nn.RecurrentKind.State;
import dev.lanewise.nn.RecurrentKind.Weights;
import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
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

  private final RecurrentKind kind;
  private final int inputs;
  private final int hidden;
  private final Options options;
  private final Generator random;
  private final List<Weights> weights = new ArrayList<>();

  Recurrent(RecurrentKind kind, int inputs, int hidden, Options options, Generator random) {
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
        && (kind != RecurrentKind.LSTM || options.projection < 0 || options.projection >= hidden)) {
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
      RecurrentKind kind,
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
      RecurrentKind kind,
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
    // Steps are kept apart up to the end: slicing sequences would cost a whole gradient each.
    List<Tensor> steps = x.unbind(time);
    if (steps.isEmpty()) {
      throw new IllegalArgumentException(
          "A recurrent layer needs at least one step, found shape " + x.shape() + ".");
    }
    List<Tensor> lastHidden = new ArrayList<>();
    List<Tensor> lastCell = new ArrayList<>();
    int directions = options.directions();
    for (int layer = 0; layer < weights.size() / directions; layer++) {
      if (layer > 0 && between != null) {
        steps = steps.stream().map(between).toList();
      }
      List<List<Tensor>> outputs = new ArrayList<>();
      for (int direction = 0; direction < directions; direction++) {
        int index = layer * directions + direction;
        Tensor cell = start.cell();
        State state =
            new State(start.hidden().select(0, index), cell == null ? null : cell.select(0, index));
        List<Tensor> sequence = direction == 0 ? steps : steps.reversed();
        List<Tensor> found = new ArrayList<>();
        for (Tensor step : sequence) {
          state = kind.step(step, state, weights.get(index));
          found.add(state.hidden());
        }
        lastHidden.add(state.hidden());
        if (state.cell() != null) {
          lastCell.add(state.cell());
        }
        if (direction == 1) {
          Collections.reverse(found);
        }
        outputs.add(found);
      }
      steps = directions == 1 ? outputs.getFirst() : joined(outputs);
    }
    Tensor cell = lastCell.isEmpty() ? null : Tensor.stack(lastCell, 0);
    return new Result(Tensor.stack(steps, time), new State(Tensor.stack(lastHidden, 0), cell));
  }

  private static List<Tensor> joined(List<List<Tensor>> directions) {
    List<Tensor> joined = new ArrayList<>();
    for (int i = 0; i < directions.getFirst().size(); i++) {
      joined.add(Tensor.concat(List.of(directions.get(0).get(i), directions.get(1).get(i)), 1));
    }
    return joined;
  }

  private static State zeros(RecurrentKind kind, Shape states, Shape cells) {
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
