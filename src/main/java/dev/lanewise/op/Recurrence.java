package dev.lanewise.op;

import dev.lanewise.kernel.elementwise.Elementwise;
import dev.lanewise.kernel.elementwise.HostCopy;
import dev.lanewise.kernel.product.Gemm;
import dev.lanewise.kernel.recurrent.Cell;
import dev.lanewise.kernel.recurrent.GruCell;
import dev.lanewise.kernel.recurrent.LstmCell;
import dev.lanewise.kernel.recurrent.RecurrentKernel;
import dev.lanewise.kernel.recurrent.SimpleCell;
import dev.lanewise.kernel.vector.Operand;
import dev.lanewise.tensor.DType;
import dev.lanewise.tensor.Layout;
import dev.lanewise.tensor.Node;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tape;
import dev.lanewise.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A recurrent layer in one direction: x [T, N, I], the weights w_ih [G H, I] and w_hh [G H, H], the
 * hidden values before the first step [N, H], for an LSTM the cells before it [N, H], and perhaps
 * two biases [G H], with G gates of H values ({@link Kind}). y [T, N, H] are the hidden values of
 * each step; of an LSTM the cells after the last step follow them, so y is [T + 1, N, H].
 *
 * <p>The products of w_ih with the inputs of all steps are one product, and so are all gradients of
 * weights and inputs: with da_t [G H] the gradient of what the gates of step t are functions of,
 * dw_ih = Σ_t da_tᵀ x_t, dw_hh = Σ_t da_tᵀ h_(t-1), dx_t = da_t w_ih (Werbos, <i>Backpropagation
 * Through Time</i>, 1990).
 *
 * <p>The file is long because the four kinds of steps stand in it, too: as what it computes, and as
 * what its derivatives of higher orders are taken of.
 *
 * @param reverse whether the first step is the last one of the sequence
 */
public record Recurrence(Kind kind, boolean reverse) implements Op {
  private static final Inputs SIMPLE =
      Inputs.floats("input", "weightIh", "weightHh", "hidden").optional("biasIh", "biasHh");
  private static final Inputs WITH_CELL =
      Inputs.floats("input", "weightIh", "weightHh", "hidden", "cell").optional("biasIh", "biasHh");

  private static final int WEIGHT_IH = 1;
  private static final int WEIGHT_HH = 2;
  private static final int HIDDEN = 3;
  private static final int CELL = 4;

  /**
   * Elements between rows of gradients: 4 KB apart they would share a set of the first cache level.
   */
  private static final int GAP = 16;

  /**
   * What a step computes from a = w_ih x + b_ih and b = w_hh h + b_hh; gates in PyTorch's order.
   */
  public enum Kind {
    /** h' = tanh(a + b) (Elman, <i>Finding Structure in Time</i>, 1990). */
    TANH(1) {
      @Override
      Cell loops() {
        return new SimpleCell(new Tanh());
      }

      @Override
      public State step(Tensor a, Tensor b, State state) {
        return new State(a.add(b).tanh(), null);
      }
    },
    /** As {@link #TANH}, with the rectifier. */
    RELU(1) {
      @Override
      Cell loops() {
        return new SimpleCell(new Relu());
      }

      @Override
      public State step(Tensor a, Tensor b, State state) {
        return new State(a.add(b).relu(), null);
      }
    },
    /**
     * Gates i, f, g, o: c' = σ(f) c + σ(i) tanh(g), h' = σ(o) tanh(c') (Hochreiter and Schmidhuber,
     * <i>Long Short-Term Memory</i>, 1997; forget gate by Gers et al., 2000).
     */
    LSTM(4) {
      @Override
      Cell loops() {
        return new LstmCell(Elementwise.loop(new Sigmoid()), Elementwise.loop(new Tanh()));
      }

      @Override
      public State step(Tensor a, Tensor b, State state) {
        List<Tensor> gates = a.add(b).chunk(4, -1);
        Tensor kept = gates.get(1).sigmoid().mul(Objects.requireNonNull(state.cell));
        Tensor cell = kept.add(gates.get(0).sigmoid().mul(gates.get(2).tanh()));
        return new State(gates.get(3).sigmoid().mul(cell.tanh()), cell);
      }
    },
    /**
     * Gates r, z, n: n = tanh(a_n + σ(r) b_n), h' = (1 - σ(z)) n + σ(z) h (Cho et al., <i>Learning
     * Phrase Representations using RNN Encoder–Decoder</i>, 2014).
     */
    GRU(3) {
      @Override
      Cell loops() {
        return new GruCell(Elementwise.loop(new Sigmoid()), Elementwise.loop(new Tanh()));
      }

      @Override
      public State step(Tensor a, Tensor b, State state) {
        List<Tensor> fromInput = a.chunk(3, -1);
        List<Tensor> fromState = b.chunk(3, -1);
        Tensor reset = fromInput.get(0).add(fromState.get(0)).sigmoid();
        Tensor keep = fromInput.get(1).add(fromState.get(1)).sigmoid();
        Tensor fresh = fromInput.get(2).add(reset.mul(fromState.get(2))).tanh();
        return new State(fresh.add(keep.mul(state.hidden.sub(fresh))), null);
      }
    };

    private final int gates;

    Kind(int gates) {
      this.gates = gates;
    }

    /** How many times the hidden size the weights have rows. */
    public int gates() {
      return gates;
    }

    /** Whether the state has cells beside the hidden values. */
    public boolean hasCell() {
      return this == LSTM;
    }

    abstract Cell loops();

    /** One step in operations of its own, [N, G H] and [N, H]. */
    public abstract State step(Tensor a, Tensor b, State state);
  }

  /**
   * What goes from step to step.
   *
   * @param hidden [N, H], for whole networks [layers * directions, N, H]
   * @param cell of the same shape but for a projection, for {@link Kind#LSTM}; else null
   */
  public record State(Tensor hidden, @Nullable Tensor cell) {
    public State {
      Objects.requireNonNull(hidden, "hidden");
    }
  }

  /** Checks the attributes. */
  public Recurrence {
    Objects.requireNonNull(kind, "kind");
  }

  @Override
  public Inputs inputs() {
    return kind.hasCell() ? WITH_CELL : SIMPLE;
  }

  /** Where the biases are among the inputs. */
  private int firstBias() {
    return kind.hasCell() ? CELL + 1 : CELL;
  }

  @Override
  public Shape shape(Shape... inputs) {
    Shape x = inputs[0];
    Shape ih = inputs[WEIGHT_IH];
    Shape hh = inputs[WEIGHT_HH];
    if (x.rank() != 3 || x.dim(0) == 0 || x.dim(2) == 0) {
      throw new IllegalArgumentException(
          name() + ": an input [T, N, I] of at least one step and feature is expected, found " + x);
    }
    int hidden = hh.rank() == 2 ? hh.dim(1) : 0;
    if (hidden == 0 || hh.dim(0) != (long) kind.gates * hidden) {
      throw new IllegalArgumentException(
          name()
              + ": weightHh [%d H, H] is expected for %s, found %s"
                  .formatted(kind.gates, kind, hh));
    }
    require("weightIh", ih, Shape.of(hh.dim(0), x.dim(2)));
    Shape state = Shape.of(x.dim(1), hidden);
    require("hidden", inputs[HIDDEN], state);
    if (kind.hasCell()) {
      require("cell", inputs[CELL], state);
    }
    if (inputs.length == firstBias() + 1) {
      throw new IllegalArgumentException(name() + ": two biases or none are expected, found one");
    }
    for (int i = firstBias(); i < inputs.length; i++) {
      require(i == firstBias() ? "biasIh" : "biasHh", inputs[i], Shape.of(hh.dim(0)));
    }
    return Shape.of(x.dim(0) + (kind.hasCell() ? 1 : 0), x.dim(1), hidden);
  }

  private void require(String what, Shape found, Shape expected) {
    if (!found.equals(expected)) {
      throw new IllegalArgumentException(
          name() + ": " + what + " must have shape " + expected + ", found " + found);
    }
  }

  /** Two products for each gate and step. */
  @Override
  public long flops(Shape shape, Shape... inputs) {
    Shape x = inputs[0];
    Shape hh = inputs[WEIGHT_HH];
    return 2L * x.dim(0) * x.dim(1) * hh.dim(0) * (x.dim(2) + hh.dim(1));
  }

  @Override
  public long backwardFlops(Shape shape, Shape... inputs) {
    return 2 * flops(shape, inputs);
  }

  private RecurrentKernel.Sizes sizes(Shape x, Shape y) {
    return new RecurrentKernel.Sizes(x.dim(0), x.dim(1), y.dim(2), reverse);
  }

  private Tensor make(String what, int... dims) {
    return Tensor.make(Shape.of(dims), DType.FLOAT32, Layout.PLAIN, what);
  }

  @Override
  public Tensor forward(Node node, Shape shape, Tensor... inputs) {
    Tensor y = Tensor.make(shape, DType.FLOAT32, Layout.PLAIN, name());
    Tensor[] saved = Arrays.copyOf(inputs, inputs.length + 1);
    saved[inputs.length] = y;
    if (shape.size() == 0) {
      node.save(saved);
      return y;
    }
    Tensor[] plain = new Tensor[inputs.length];
    for (int i = 0; i < inputs.length; i++) {
      plain[i] = i == WEIGHT_IH ? MatMul.readable(inputs[i]) : inputs[i].contiguous();
    }
    Shape x = inputs[0].shape();
    int rows = Math.multiplyExact(x.dim(0), x.dim(1));
    int hidden = shape.dim(2);
    int all = kind.gates * hidden;
    Cell cell = kind.loops();
    Tensor gates = make(name(), rows, all);
    Gemm.Matrix steps = new Gemm.Matrix(plain[0], 0, x.dim(2), false);
    Gemm.Matrix weight = MatMul.matrix(plain[WEIGHT_IH]);
    Gemm.Matrix turned =
        new Gemm.Matrix(weight.operand(), 0, weight.leading(), !weight.transposed());
    Tensor product = null;
    if (inputs.length > firstBias()) {
      Tensor bias = make(name(), all);
      product = make(name(), hidden);
      RecurrentKernel.biases(
          cell, plain[firstBias()], plain[firstBias() + 1], bias, product, hidden);
      Gemm.multiply(steps, turned, bias, gates, rows, all, x.dim(2));
      bias.close();
    } else {
      Gemm.multiply(steps, turned, gates, rows, all, x.dim(2), 0);
    }
    Tensor kept = cell.kept() < 0 ? null : make(name(), x.dim(0), x.dim(1), hidden);
    RecurrentKernel.forward(
        cell,
        new Gemm.Matrix(plain[WEIGHT_HH], 0, hidden, true),
        product,
        gates,
        plain[HIDDEN],
        kind.hasCell() ? plain[CELL] : null,
        y,
        kept,
        sizes(x, shape));
    for (int i = 0; i < inputs.length; i++) {
      inputs[i].release(plain[i]);
    }
    if (product != null) {
      product.close();
    }
    if (kept == null) {
      // The one gate is the output.
      gates.close();
      node.save(saved);
      return y;
    }
    Tensor[] owned = Arrays.copyOf(saved, saved.length + 2);
    owned[saved.length] = gates;
    owned[saved.length + 1] = kept;
    node.saveOwned(2, owned);
    return y;
  }

  @Override
  public @Nullable Tensor[] backward(Node node, Tensor dy) {
    return node.createGraph() ? composed(node, dy) : fused(node, dy);
  }

  private @Nullable Tensor[] fused(Node node, Tensor dy) {
    @Nullable Tensor[] dx = new @Nullable Tensor[node.inputs()];
    Shape shape = node.inputShape(0);
    int steps = shape.dim(0);
    int batch = shape.dim(1);
    int hidden = dy.shape().dim(2);
    if (dy.size() == 0) {
      for (int i = 0; i < dx.length; i++) {
        dx[i] = Tensor.zeros(node.inputShape(i).toArray());
      }
      return dx;
    }
    Cell cell = kind.loops();
    boolean single = cell.kept() < 0;
    int all = kind.gates * hidden;
    int rows = steps * batch;
    boolean apart = cell.product(kind.gates - 1) != kind.gates - 1;
    Tensor y = node.saved(node.inputs());
    RecurrentKernel.Sizes sizes = sizes(shape, y.shape());
    Tensor start = node.saved(HIDDEN).contiguous();
    Tensor cells = kind.hasCell() ? node.saved(CELL).contiguous() : null;
    Tensor weight = node.saved(WEIGHT_HH).contiguous();
    Tensor g = dy.contiguous();
    String name = name() + "Gradient";
    int leading = all + GAP;
    Tensor dgates = make(name, rows, leading);
    Tensor dproduct = apart ? make(name, rows, hidden) : null;
    dx[HIDDEN] = node.needs(HIDDEN) ? make(name, batch, hidden) : null;
    if (kind.hasCell() && node.needs(CELL)) {
      dx[CELL] = make(name, batch, hidden);
    }
    Tensor biases = needsBias(node) ? make(name, (kind.gates + (apart ? 1 : 0)) * hidden) : null;
    RecurrentKernel.backward(
        cell,
        new Gemm.Matrix(weight, 0, hidden, false),
        single ? y : node.saved(node.inputs() + 1),
        start,
        cells,
        y,
        single ? null : node.saved(node.inputs() + 2),
        g,
        new RecurrentKernel.Gradients(
            dgates, leading, dproduct, dx[HIDDEN], kind.hasCell() ? dx[CELL] : null, biases),
        sizes);
    dy.release(g);
    node.saved(WEIGHT_HH).release(weight);
    if (cells != null) {
      node.saved(CELL).release(cells);
    }
    if (node.needs(0)) {
      Tensor ih = MatMul.readable(node.saved(WEIGHT_IH));
      Tensor dinput = make(name, steps, batch, shape.dim(2));
      Gemm.Matrix left = new Gemm.Matrix(dgates, 0, leading, false);
      Gemm.multiply(left, MatMul.matrix(ih), dinput, rows, shape.dim(2), all, 0);
      dx[0] = dinput;
      node.saved(WEIGHT_IH).release(ih);
    }
    if (node.needs(WEIGHT_IH)) {
      Tensor x = node.saved(0).contiguous();
      Tensor dw = make(name, all, shape.dim(2));
      Gemm.Matrix left = new Gemm.Matrix(dgates, 0, leading, true);
      Gemm.Matrix right = new Gemm.Matrix(x, 0, shape.dim(2), false);
      Gemm.multiply(left, right, dw, all, shape.dim(2), rows, 0);
      dx[WEIGHT_IH] = dw;
      node.saved(0).release(x);
    }
    if (node.needs(WEIGHT_HH)) {
      Tensor dw = make(name, all, hidden);
      if (dproduct == null) {
        weightGradient(dgates, leading, y, start, dw, all, sizes);
      } else {
        Operand own = Operand.shifted(dw, (long) (all - hidden) * hidden);
        weightGradient(dgates, leading, y, start, dw, all - hidden, sizes);
        weightGradient(dproduct, hidden, y, start, own, hidden, sizes);
      }
      dx[WEIGHT_HH] = dw;
    }
    node.saved(HIDDEN).release(start);
    if (biases != null) {
      biasGradients(node, biases, hidden, dx);
      biases.close();
    }
    dgates.close();
    if (dproduct != null) {
      dproduct.close();
    }
    return dx;
  }

  /** dw = Σ_t da_tᵀ h_(t-1), for the first columns of da. */
  private void weightGradient(
      Tensor da,
      int leading,
      Tensor y,
      Tensor start,
      Operand dw,
      int columns,
      RecurrentKernel.Sizes sizes) {
    int hidden = sizes.hidden();
    int more = sizes.steps() - 1;
    long step = (long) sizes.batch() * leading;
    long state = (long) sizes.batch() * hidden;
    Gemm.Matrix first = new Gemm.Matrix(da, reverse ? more * step : 0, leading, true);
    Gemm.Matrix from = new Gemm.Matrix(start, 0, hidden, false);
    Gemm.multiply(first, from, dw, columns, hidden, sizes.batch(), 0);
    if (more > 0) {
      Gemm.Matrix left = new Gemm.Matrix(da, reverse ? 0 : step, leading, true);
      Gemm.Matrix before = new Gemm.Matrix(y, reverse ? state : 0, hidden, false);
      Gemm.multiply(left, before, dw, columns, hidden, more * sizes.batch(), 1);
    }
  }

  private boolean needsBias(Node node) {
    int first = firstBias();
    return node.inputs() > first && (node.needs(first) || node.needs(first + 1));
  }

  /** What is added to the hidden values' product alone has the last H of the sums. */
  private void biasGradients(Node node, Tensor sums, int hidden, @Nullable Tensor[] dx) {
    int all = kind.gates * hidden;
    int apart = sums.shape().dim(0) - all;
    for (int i = firstBias(); i < dx.length; i++) {
      if (node.needs(i)) {
        Tensor own = make(name() + "Gradient", all);
        HostCopy.copy(sums, own, (long) all * Float.BYTES);
        if (i > firstBias() && apart > 0) {
          Operand last = Operand.shifted(own, all - apart);
          HostCopy.copy(Operand.shifted(sums, all), last, (long) apart * Float.BYTES);
        }
        dx[i] = own;
      }
    }
  }

  /** The gradients through the steps in differentiable operations, which are taken once more. */
  private @Nullable Tensor[] composed(Node node, Tensor dy) {
    Tensor[] inputs = new Tensor[node.inputs()];
    List<Tensor> wanted = new ArrayList<>();
    for (int i = 0; i < inputs.length; i++) {
      Tensor saved = node.saved(i);
      // A place of its own on the tape, for one tensor may be two inputs.
      inputs[i] = node.needs(i) ? saved.reshape(saved.shape().toArray()) : saved;
      if (node.needs(i)) {
        wanted.add(inputs[i]);
      }
    }
    @Nullable Tensor[] found =
        Tape.gradAllowUnused(List.of(steps(inputs)), List.of(dy), wanted, true, true);
    @Nullable Tensor[] dx = new @Nullable Tensor[inputs.length];
    int next = 0;
    for (int i = 0; i < inputs.length; i++) {
      dx[i] = node.needs(i) ? found[next++] : null;
    }
    return dx;
  }

  /** What forward computes, step by step. */
  private Tensor steps(Tensor... inputs) {
    boolean biased = inputs.length > firstBias();
    Tensor biasIh = biased ? inputs[firstBias()] : null;
    Tensor biasHh = biased ? inputs[firstBias() + 1] : null;
    State state = new State(inputs[HIDDEN], kind.hasCell() ? inputs[CELL] : null);
    List<Tensor> x = inputs[0].unbind(0);
    List<Tensor> y = new ArrayList<>();
    for (Tensor step : reverse ? x.reversed() : x) {
      Tensor a = step.linear(inputs[WEIGHT_IH], biasIh);
      state = kind.step(a, state.hidden.linear(inputs[WEIGHT_HH], biasHh), state);
      y.add(state.hidden);
    }
    if (reverse) {
      Collections.reverse(y);
    }
    if (state.cell != null) {
      y.add(state.cell);
    }
    return Tensor.stack(y, 0);
  }
}
