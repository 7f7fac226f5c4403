package dev.lanewise.kernel.recurrent;

import static dev.lanewise.kernel.vector.Lanes.L;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.SameThreads;
import dev.lanewise.kernel.Place;
import dev.lanewise.kernel.elementwise.Elementwise;
import dev.lanewise.kernel.product.Gemm;
import dev.lanewise.kernel.team.Team;
import dev.lanewise.kernel.vector.Operand;
import dev.lanewise.op.Recurrence.Kind;
import dev.lanewise.op.Relu;
import dev.lanewise.op.Sigmoid;
import dev.lanewise.op.Tanh;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whole sequences against the formulas, and the loops of cells against their scalar twins. */
@ExtendWith({Place.Guards.class, SameThreads.class})
class RecurrentKernelTest {
  private final Random random = new Random(12);

  private static Cell cell(Kind kind) {
    return switch (kind) {
      case TANH -> new SimpleCell(new Tanh());
      case RELU -> new SimpleCell(new Relu());
      case LSTM -> new LstmCell(Elementwise.loop(new Sigmoid()), Elementwise.loop(new Tanh()));
      case GRU -> new GruCell(Elementwise.loop(new Sigmoid()), Elementwise.loop(new Tanh()));
    };
  }

  /** What goes in. */
  private final class Layer {
    final Kind kind;
    final RecurrentKernel.Sizes sizes;
    final int state;
    final int rows;
    final Place weight;
    final Place bias;
    final Place start;
    final Place cells;
    final Place inputs;
    final Place dy;

    Layer(Kind kind, int steps, int batch, int hidden, boolean reverse) {
      this.kind = kind;
      sizes = new RecurrentKernel.Sizes(steps, batch, hidden, reverse);
      state = batch * hidden;
      rows = kind.gates() * hidden;
      weight = scaled(rows * hidden, 1 / Math.sqrt(hidden));
      bias = Place.random(hidden, random);
      start = Place.random(state, random);
      cells = Place.random(state, random);
      inputs = Place.random((long) steps * batch * rows, random);
      dy = Place.random((long) (steps + (kind.hasCell() ? 1 : 0)) * state, random);
    }

    /**
     * y, the gradients of the gates, of the first state, of the product apart, of cells, biases.
     */
    Place[] run() {
      Cell cell = cell(kind);
      int steps = sizes.steps();
      Place gates = Place.of(inputs.toArray());
      Place y = Place.floats((long) (steps + (kind.hasCell() ? 1 : 0)) * state);
      Place kept = cell.kept() < 0 ? null : Place.floats((long) steps * state);
      Place first = kind.hasCell() ? cells : null;
      Place added = kind == Kind.GRU ? bias : null;
      Gemm.Matrix turned = new Gemm.Matrix(weight, 0, sizes.hidden(), true);
      RecurrentKernel.forward(cell, turned, added, gates, start, first, y, kept, sizes);
      Place dgates = Place.floats((long) steps * sizes.batch() * rows);
      Place dproduct = kind == Kind.GRU ? Place.floats((long) steps * state) : null;
      Place dstart = Place.floats(state);
      Place dcells = kind.hasCell() ? Place.floats(state) : null;
      int sums = (kind.gates() + (kind == Kind.GRU ? 1 : 0)) * sizes.hidden();
      Place biases = Place.floats(sums);
      RecurrentKernel.backward(
          cell,
          new Gemm.Matrix(weight, 0, sizes.hidden(), false),
          kind.gates() == 1 ? y : gates,
          start,
          first,
          y,
          kept,
          dy,
          new RecurrentKernel.Gradients(dgates, rows, dproduct, dstart, dcells, biases),
          sizes);
      return new Place[] {y, dgates, dstart, dproduct, dcells, biases};
    }
  }

  private Place scaled(int n, double factor) {
    Place place = Place.random(n, random);
    for (int i = 0; i < n; i++) {
      place.set(i, (float) (place.get(i) * factor));
    }
    return place;
  }

  private void check(Kind kind, int steps, int batch, int hidden, boolean reverse) {
    String what = kind + " " + steps + " " + batch + " " + hidden + " " + reverse;
    Layer layer = new Layer(kind, steps, batch, hidden, reverse);
    Place[] found = layer.run();
    ScalarRecurrence twin =
        new ScalarRecurrence(kind, layer.sizes, layer.weight, layer.bias, layer.start, layer.cells);
    twin.forward(layer.inputs);
    twin.backward(layer.dy);
    int rows = batch * layer.rows;
    for (int s = 0; s < steps; s++) {
      int place = twin.place(s);
      near(twin.h[s + 1], found[0], place * layer.state, "y, " + what);
      near(twin.dgates[s], found[1], place * rows, "dgates, " + what);
      if (kind == Kind.GRU) {
        near(twin.dproduct[s], found[3], place * layer.state, "dproduct, " + what);
      }
    }
    near(twin.dh, found[2], 0, "dstart, " + what);
    near(sums(twin.dgates, layer.rows), found[5], 0, "dbiases, " + what);
    if (kind == Kind.GRU) {
      near(sums(twin.dproduct, hidden), found[5], layer.rows, "dbias of the product, " + what);
    }
    if (kind.hasCell()) {
      near(twin.c[steps], found[0], steps * layer.state, "the last cells, " + what);
      near(twin.dc, found[4], 0, "dcells, " + what);
    }
    Place.checkAll();
  }

  /** The columns of all steps' rows. */
  private static double[] sums(double[][] steps, int columns) {
    double[] sums = new double[columns];
    for (double[] step : steps) {
      for (int i = 0; i < step.length; i++) {
        sums[i % columns] += step[i];
      }
    }
    return sums;
  }

  private static void near(double[] expected, Place found, int first, String what) {
    double scale = 1 + Arrays.stream(expected).map(Math::abs).max().orElse(0);
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], found.get(first + i), 2e-5 * scale, what + " at " + i);
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void allSizesAroundTheLanes(Kind kind) {
    for (int hidden : new int[] {1, 2, L - 1, L, L + 1, 2 * L - 1, 2 * L, 2 * L + 1, 5 * L + 3}) {
      check(kind, 3, 2, hidden, hidden % 2 == 0);
    }
    for (int batch : new int[] {1, 5, 13, 14, 15, 29}) {
      check(kind, 2, batch, 2 * L + 1, batch % 2 == 0);
    }
    check(kind, 1, 3, 4, false);
    check(kind, 1, 3, 4, true);
  }

  /** So many rows that they are cut, and so many values that there are several tasks. */
  @ParameterizedTest
  @EnumSource(Kind.class)
  void manyRowsAndValues(Kind kind) {
    check(kind, 2, 130, 3 * L, false);
    check(kind, 3, 20, 130, true);
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void theThreadsChangeNoBit(Kind kind) {
    Layer layer = new Layer(kind, 4, 40, 8 * L + 2, false);
    Team.global().setThreads(1);
    Place[] alone = layer.run();
    Team.global().setThreads(3);
    Team.global().useAllProcessors();
    Place[] shared = layer.run();
    for (int i = 0; i < alone.length; i++) {
      if (alone[i] != null) {
        assertArrayEquals(alone[i].toArray(), shared[i].toArray(), kind + " " + i);
      }
    }
  }

  /** A loop over a tile. */
  @FunctionalInterface
  private interface Loop {
    void run(long tile, long part, int n);
  }

  @Test
  void loopsAndTheirTwinsGiveTheSameBits() {
    same(LstmCell::cells, LstmCell::scalarCells);
    same(LstmCell::outputs, LstmCell::scalarOutputs);
    same(LstmCell::gradients, LstmCell::scalarGradients);
    same(GruCell::sums, GruCell::scalarSums);
    same(GruCell::states, GruCell::scalarStates);
    same(GruCell::gradients, GruCell::scalarGradients);
  }

  private void same(Loop vectors, Loop scalars) {
    int n = 3 * L;
    Place one = Place.special((long) Cell.PARTS * n, random);
    Place two = Place.of(one.toArray());
    vectors.run(Operand.address(one), 4L * n, n);
    scalars.run(Operand.address(two), 4L * n, n);
    assertArrayEquals(two.toArray(), one.toArray());
  }
}
