package dev.lanewise.kernel.recurrent;

import dev.lanewise.kernel.Place;
import dev.lanewise.op.Recurrence.Kind;

/** Recurrent layers by their formulas, in doubles, one value after the other. */
final class ScalarRecurrence {
  private final Kind kind;
  private final RecurrentKernel.Sizes sizes;
  private final int steps;
  private final int batch;
  private final int hidden;
  private final int all;
  private final double[] weight;
  private final double[] bias;

  /** The hidden values and cells before each step, and after the last. */
  final double[][] h;

  final double[][] c;

  /** The gates of each step, and of a GRU the product that goes to the third one. */
  private final double[][] gates;

  private final double[][] product;

  double[][] dgates;
  double[][] dproduct;
  double[] dh;
  double[] dc;

  ScalarRecurrence(
      Kind kind, RecurrentKernel.Sizes sizes, Place weight, Place bias, Place start, Place cells) {
    this.kind = kind;
    this.sizes = sizes;
    steps = sizes.steps();
    batch = sizes.batch();
    hidden = sizes.hidden();
    all = kind.gates() * hidden;
    this.weight = doubles(weight, 0, all * hidden);
    this.bias = doubles(bias, 0, hidden);
    h = new double[steps + 1][];
    c = new double[steps + 1][batch * hidden];
    h[0] = doubles(start, 0, batch * hidden);
    c[0] = doubles(cells, 0, batch * hidden);
    gates = new double[steps][batch * all];
    product = new double[steps][batch * hidden];
  }

  static double[] doubles(Place from, int first, int n) {
    double[] values = new double[n];
    for (int i = 0; i < n; i++) {
      values[i] = from.get(first + i);
    }
    return values;
  }

  int place(int step) {
    return sizes.reverse() ? steps - 1 - step : step;
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  /** From the products with the inputs, [T, N, gates H]. */
  void forward(Place inputs) {
    for (int s = 0; s < steps; s++) {
      double[] sums = doubles(inputs, place(s) * batch * all, batch * all);
      h[s + 1] = new double[batch * hidden];
      for (int n = 0; n < batch; n++) {
        for (int j = 0; j < hidden; j++) {
          step(s, n, j, sums);
        }
      }
    }
  }

  private double dot(double[] state, int n, int gate, int j) {
    double sum = 0;
    for (int k = 0; k < hidden; k++) {
      sum += weight[(gate * hidden + j) * hidden + k] * state[n * hidden + k];
    }
    return sum;
  }

  private void step(int s, int n, int j, double[] sums) {
    int at = n * hidden + j;
    double[] g = new double[kind.gates()];
    for (int i = 0; i < g.length; i++) {
      boolean apart = kind == Kind.GRU && i == 2;
      g[i] = sums[n * all + i * hidden + j] + (apart ? 0 : dot(h[s], n, i, j));
    }
    switch (kind) {
      case TANH -> h[s + 1][at] = g[0] = Math.tanh(g[0]);
      case RELU -> h[s + 1][at] = g[0] = Math.max(g[0], 0);
      case LSTM -> {
        g[0] = sigmoid(g[0]);
        g[1] = sigmoid(g[1]);
        g[2] = Math.tanh(g[2]);
        g[3] = sigmoid(g[3]);
        c[s + 1][at] = g[1] * c[s][at] + g[0] * g[2];
        h[s + 1][at] = g[3] * Math.tanh(c[s + 1][at]);
      }
      case GRU -> {
        product[s][at] = bias[j] + dot(h[s], n, 2, j);
        g[0] = sigmoid(g[0]);
        g[1] = sigmoid(g[1]);
        g[2] = Math.tanh(g[2] + g[0] * product[s][at]);
        h[s + 1][at] = (1 - g[1]) * g[2] + g[1] * h[s][at];
      }
    }
    for (int i = 0; i < g.length; i++) {
      gates[s][n * all + i * hidden + j] = g[i];
    }
  }

  /** From the gradients of the outputs, [T, N, H], and behind them those of the last cells. */
  void backward(Place dy) {
    dgates = new double[steps][batch * all];
    dproduct = new double[steps][batch * hidden];
    dh = new double[batch * hidden];
    int state = batch * hidden;
    dc = kind.hasCell() ? doubles(dy, steps * state, state) : new double[state];
    for (int s = steps - 1; s >= 0; s--) {
      double[] given = doubles(dy, place(s) * batch * hidden, batch * hidden);
      double[] before = new double[batch * hidden];
      for (int at = 0; at < dh.length; at++) {
        dh[at] += given[at];
        int row = at / hidden * all + at % hidden;
        double[] da = gradients(s, at, row, before);
        for (int i = 0; i < da.length; i++) {
          dgates[s][row + i * hidden] = da[i];
          boolean apart = kind == Kind.GRU && i == 2;
          double toProduct = apart ? dproduct[s][at] : da[i];
          for (int k = 0; k < hidden; k++) {
            before[at / hidden * hidden + k] +=
                toProduct * weight[(i * hidden + at % hidden) * hidden + k];
          }
        }
      }
      dh = before;
    }
  }

  /** The gradients of what the gates are functions of; changes dc, and adds what goes on. */
  private double[] gradients(int s, int at, int row, double[] before) {
    double[] g = new double[kind.gates()];
    for (int i = 0; i < g.length; i++) {
      g[i] = gates[s][row + i * hidden];
    }
    return switch (kind) {
      case TANH -> new double[] {dh[at] * (1 - g[0] * g[0])};
      case RELU -> new double[] {g[0] > 0 ? dh[at] : 0};
      case LSTM -> {
        double y = Math.tanh(c[s + 1][at]);
        double d = dc[at] + dh[at] * g[3] * (1 - y * y);
        dc[at] = d * g[1];
        yield new double[] {
          d * g[2] * g[0] * (1 - g[0]),
          d * c[s][at] * g[1] * (1 - g[1]),
          d * g[0] * (1 - g[2] * g[2]),
          dh[at] * y * g[3] * (1 - g[3])
        };
      }
      case GRU -> {
        double d = dh[at] * (1 - g[1]) * (1 - g[2] * g[2]);
        dproduct[s][at] = d * g[0];
        before[at] += dh[at] * g[1];
        yield new double[] {
          d * product[s][at] * g[0] * (1 - g[0]), dh[at] * (h[s][at] - g[2]) * g[1] * (1 - g[1]), d
        };
      }
    };
  }
}
