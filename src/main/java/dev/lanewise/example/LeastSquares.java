package dev.lanewise.example;

/** Polynomials that come closest to points, found exactly. */
final class LeastSquares {
  private LeastSquares() {}

  /**
   * The theta that makes sum of (f(x) - y)² + lambda |theta|² least: the solution of (AᵀA + lambda
   * I) theta = Aᵀy, where A holds the powers of x.
   */
  static double[] polynomial(double[] x, double[] y, int degree, double lambda) {
    int n = degree + 1;
    double[][] rows = new double[n][n + 1];
    for (int i = 0; i < n; i++) {
      for (int p = 0; p < x.length; p++) {
        for (int j = 0; j < n; j++) {
          rows[i][j] += Math.pow(x[p], i + j);
        }
        rows[i][n] += Math.pow(x[p], i) * y[p];
      }
      rows[i][i] += lambda;
    }
    return solve(rows);
  }

  /** The value of a polynomial. */
  static double value(double[] theta, double x) {
    double value = 0;
    for (int k = theta.length - 1; k >= 0; k--) {
      value = value * x + theta[k];
    }
    return value;
  }

  /** Gaussian elimination with pivots; each row ends with its right side. */
  private static double[] solve(double[][] rows) {
    int n = rows.length;
    for (int column = 0; column < n; column++) {
      int pivot = column;
      for (int i = column + 1; i < n; i++) {
        pivot = Math.abs(rows[i][column]) > Math.abs(rows[pivot][column]) ? i : pivot;
      }
      double[] swapped = rows[pivot];
      rows[pivot] = rows[column];
      rows[column] = swapped;
      for (int i = 0; i < n; i++) {
        if (i != column) {
          double factor = rows[i][column] / rows[column][column];
          for (int j = column; j <= n; j++) {
            rows[i][j] -= factor * rows[column][j];
          }
        }
      }
    }
    double[] solution = new double[n];
    for (int i = 0; i < n; i++) {
      solution[i] = rows[i][n] / rows[i][i];
    }
    return solution;
  }
}
