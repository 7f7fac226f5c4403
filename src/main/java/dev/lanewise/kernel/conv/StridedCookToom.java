package dev.lanewise.kernel.conv;

/**
 * The matrices of minimal filtering with a stride s, y_i = Σ_r g_r d_{s i + r}. With r = s q + f it
 * is the sum of s filters with stride 1, one for each remainder f (a phase): taps g_{s q + f},
 * inputs d_{s i + f}. Each phase has points of its own ({@link CookToom}); their products follow
 * each other, and the outputs are sums over all of them. A phase with one tap is a product for each
 * output, all with the same tap: points of one kind, which share their transformed weight.
 *
 * <p>The stride 1 has one phase and is {@link CookToom} itself. Four outputs of three taps with
 * stride 2 have 5 + 4 points, so F(4x4, 3x3) with stride 2 has 81 products where direct convolution
 * has 144.
 */
final class StridedCookToom {
  private final int outputs;
  private final int taps;
  private final int stride;

  /** Of each phase; null with a single tap. */
  private final CookToom[] phases;

  /** Points of a phase, kinds of points, and the first of both. */
  private final int[] points;

  private final int[] kinds;
  private final int[] firstPoint;
  private final int[] firstKind;

  /**
   * Cuts the taps into phases.
   *
   * @param outputs of a tile
   * @param taps more than the stride
   * @param stride 1 or more
   */
  StridedCookToom(int outputs, int taps, int stride) {
    this.outputs = outputs;
    this.taps = taps;
    this.stride = stride;
    phases = new CookToom[stride];
    points = new int[stride];
    kinds = new int[stride];
    firstPoint = new int[stride + 1];
    firstKind = new int[stride + 1];
    for (int f = 0; f < stride; f++) {
      phases[f] = new CookToom(outputs, taps(f));
      points[f] = outputs + taps(f) - 1;
      kinds[f] = taps(f) == 1 ? 1 : points[f];
      firstPoint[f + 1] = firstPoint[f] + points[f];
      firstKind[f + 1] = firstKind[f] + kinds[f];
    }
  }

  private int taps(int phase) {
    return Math.ceilDiv(taps - phase, stride);
  }

  /** Points of all phases. */
  int points() {
    return firstPoint[stride];
  }

  /** Kinds of points: those of one kind have the same transformed weight. */
  int kinds() {
    return firstKind[stride];
  }

  /** The kind of every point. */
  int[] kind() {
    int[] kind = new int[points()];
    for (int f = 0; f < stride; f++) {
      for (int i = 0; i < points[f]; i++) {
        kind[firstPoint[f] + i] = firstKind[f] + (kinds[f] == 1 ? 0 : i);
      }
    }
    return kind;
  }

  /** Inputs of a tile. */
  int inputs() {
    return (outputs - 1) * stride + taps;
  }

  /** From inputs to points. */
  double[][] input() {
    double[][] matrix = new double[points()][inputs()];
    for (int f = 0; f < stride; f++) {
      double[][] phase = phaseInput(f);
      for (int i = 0; i < points[f]; i++) {
        for (int j = 0; j < points[f]; j++) {
          matrix[firstPoint[f] + i][stride * j + f] = phase[i][j];
        }
      }
    }
    return matrix;
  }

  /** From points to outputs. */
  double[][] output() {
    double[][] matrix = new double[outputs][points()];
    for (int f = 0; f < stride; f++) {
      double[][] phase = phaseOutput(f);
      for (int i = 0; i < outputs; i++) {
        System.arraycopy(phase[i], 0, matrix[i], firstPoint[f], points[f]);
      }
    }
    return matrix;
  }

  /** From gradients of outputs to points. */
  double[][] outputGradient() {
    return transposed(output());
  }

  /** From taps to kinds of points. */
  double[][] weight() {
    double[][] matrix = new double[kinds()][taps];
    for (int f = 0; f < stride; f++) {
      double[][] phase = taps(f) == 1 ? new double[][] {{1}} : phases[f].weight();
      for (int i = 0; i < kinds[f]; i++) {
        for (int q = 0; q < taps(f); q++) {
          matrix[firstKind[f] + i][stride * q + f] = phase[i][q];
        }
      }
    }
    return matrix;
  }

  /** From kinds of points to gradients of taps. */
  double[][] weightGradient() {
    return transposed(weight());
  }

  /**
   * The gradient of the input, dx_{j} = Σ_q g_{s q + f} dy_{i - q} with j + padding = s i + f, is a
   * filter over dy, too, with its taps turned round: {@code outputs} of dy make {@code stride}
   * times as many of dx, each remainder from the points of one phase.
   */
  final class InputGradient {
    private final int padding;

    /** Where each phase begins to read dy, relative to the place of the tile. */
    private final int[] from;

    private final int first;
    private final int end;

    /**
     * Places the phases.
     *
     * @param padding before the input
     */
    InputGradient(int padding) {
      this.padding = padding;
      from = new int[stride];
      int least = Integer.MAX_VALUE;
      int most = Integer.MIN_VALUE;
      for (int f = 0; f < stride; f++) {
        from[f] = Math.ceilDiv(padding - remainder(f), stride) - (taps(f) - 1);
        least = Math.min(least, from[f]);
        most = Math.max(most, from[f] + points[f]);
      }
      first = least;
      end = most;
    }

    /** Turned round, the taps of phase f are those of this remainder by the stride. */
    private int remainder(int f) {
      return (taps - 1 - f) % stride;
    }

    /** Gradients of outputs of a tile. */
    int inputs() {
      return end - first;
    }

    /** Zeros before dy. */
    int padding() {
      return -first;
    }

    /** From gradients of outputs to points. */
    double[][] input() {
      double[][] matrix = new double[points()][inputs()];
      for (int f = 0; f < stride; f++) {
        double[][] phase = phaseInput(f);
        for (int i = 0; i < points[f]; i++) {
          System.arraycopy(phase[i], 0, matrix[firstPoint[f] + i], from[f] - first, points[f]);
        }
      }
      return matrix;
    }

    /** From points to gradients of inputs. */
    double[][] output() {
      double[][] matrix = new double[stride * outputs][points()];
      for (int f = 0; f < stride; f++) {
        double[][] phase = phaseOutput(f);
        int offset = Math.floorMod(remainder(f) - padding, stride);
        for (int i = 0; i < outputs; i++) {
          System.arraycopy(phase[i], 0, matrix[stride * i + offset], firstPoint[f], points[f]);
        }
      }
      return matrix;
    }
  }

  private double[][] phaseInput(int f) {
    return taps(f) == 1 ? identity(outputs) : phases[f].input();
  }

  private double[][] phaseOutput(int f) {
    return taps(f) == 1 ? identity(outputs) : phases[f].output();
  }

  private static double[][] identity(int size) {
    double[][] matrix = new double[size][size];
    for (int i = 0; i < size; i++) {
      matrix[i][i] = 1;
    }
    return matrix;
  }

  private static double[][] transposed(double[][] matrix) {
    double[][] result = new double[matrix[0].length][matrix.length];
    for (int i = 0; i < matrix.length; i++) {
      for (int j = 0; j < result.length; j++) {
        result[j][i] = matrix[i][j];
      }
    }
    return result;
  }
}
