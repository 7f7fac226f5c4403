package dev.lanewise.kernel.conv;

import java.util.Arrays;

/**
 * The matrices of minimal filtering, y = Aᵀ((G g) ⊙ (Bᵀ d)), from the points at which polynomials
 * are multiplied: the Cook-Toom algorithm, transposed (Winograd, "Arithmetic Complexity of
 * Computations", 1980; Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2015).
 *
 * <p>The last point is infinity. With M(x) = Π (x - p) over the others, row i of Bᵀ holds the
 * coefficients of M(x) / (x - p_i), the last those of M; Aᵀ holds powers of the points, G too, each
 * row divided by Π (p_i - p_j) over the other points. All but these quotients is exact in float64
 * for points that are small multiples of powers of two.
 */
public final class CookToom {
  /**
   * In this order. 0, 1 and -1 cost no multiplication, and errors grow with the size of numbers, so
   * small ones come next, with their reciprocals.
   */
  private static final double[] POINTS = {0, 1, -1, 2, -2, 0.5, -0.5};

  private final double[] points;
  private final int outputs;
  private final int taps;

  CookToom(int outputs, int taps) {
    this.outputs = outputs;
    this.taps = taps;
    points = Arrays.copyOf(POINTS, outputs + taps - 2);
  }

  /** Bᵀ: from inputs to points. */
  double[][] input() {
    int n = points.length + 1;
    double[][] matrix = new double[n][];
    for (int i = 0; i < n; i++) {
      matrix[i] = Arrays.copyOf(productWithout(i), n);
    }
    return matrix;
  }

  /** Aᵀ: from points to outputs. */
  double[][] output() {
    return transposed(powers(outputs));
  }

  /** A: from gradients of outputs to points. */
  double[][] outputGradient() {
    return powers(outputs);
  }

  /** G: from taps to points. */
  double[][] weight() {
    double[][] matrix = powers(taps);
    for (int i = 0; i < points.length; i++) {
      double norm = 1;
      for (int j = 0; j < points.length; j++) {
        norm *= j == i ? 1 : points[i] - points[j];
      }
      for (int j = 0; j < taps; j++) {
        matrix[i][j] /= norm;
      }
    }
    return matrix;
  }

  /** Gᵀ: from points to gradients of taps. */
  double[][] weightGradient() {
    return transposed(weight());
  }

  /** The powers of each point; of infinity only the highest counts. */
  private double[][] powers(int count) {
    double[][] matrix = new double[points.length + 1][count];
    for (int i = 0; i < points.length; i++) {
      for (int j = 0; j < count; j++) {
        matrix[i][j] = Math.pow(points[i], j);
      }
    }
    matrix[points.length][count - 1] = 1;
    return matrix;
  }

  /** The coefficients of Π (x - p) over all points but one, from the lowest power on. */
  private double[] productWithout(int left) {
    double[] product = {1};
    for (int i = 0; i < points.length; i++) {
      if (i == left) {
        continue;
      }
      double[] next = new double[product.length + 1];
      for (int j = 0; j < product.length; j++) {
        next[j + 1] += product[j];
        next[j] -= points[i] * product[j];
      }
      product = next;
    }
    return product;
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
