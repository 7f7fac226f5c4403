package dev.lanewise.kernel.norm;

import dev.lanewise.kernel.vector.Mem;
import dev.lanewise.kernel.vector.Operand;
import org.jspecify.annotations.Nullable;

/** The scalar twin of {@link RowNormKernel}, in float64 and element by element. */
public final class ScalarRowNorm {
  private ScalarRowNorm() {}

  private static double get(@Nullable Operand x, long i, double none) {
    return x == null ? none : Mem.get(Operand.address(x) + i * 4);
  }

  private static void set(@Nullable Operand y, long i, double value) {
    if (y != null) {
      Mem.set(Operand.address(y) + i * 4, (float) value);
    }
  }

  /** See {@link RowNormKernel#forward}. */
  public static void forward(
      Operand x,
      @Nullable Operand weight,
      @Nullable Operand bias,
      Operand y,
      @Nullable Operand mean,
      Operand inverse,
      long rows,
      int columns,
      float eps) {
    for (long row = 0; row < rows; row++) {
      double average = 0;
      for (int i = 0; i < columns; i++) {
        average += mean == null ? 0 : get(x, row * columns + i, 0) / columns;
      }
      double square = 0;
      for (int i = 0; i < columns; i++) {
        square += Math.pow(get(x, row * columns + i, 0) - average, 2) / columns;
      }
      double factor = 1 / Math.sqrt(square + eps);
      for (int i = 0; i < columns; i++) {
        double normal = (get(x, row * columns + i, 0) - average) * factor;
        set(y, row * columns + i, normal * get(weight, i, 1) + get(bias, i, 0));
      }
      set(mean, row, average);
      set(inverse, row, factor);
    }
  }

  /** See {@link RowNormKernel#gradient}. */
  public static void gradient(
      Operand dy,
      Operand x,
      @Nullable Operand weight,
      @Nullable Operand mean,
      Operand inverse,
      Operand dx,
      Operand dweight,
      Operand dbias,
      long rows,
      int columns) {
    double[] normals = new double[columns];
    double[] products = new double[columns];
    double[] sums = new double[columns];
    for (long row = 0; row < rows; row++) {
      double factor = get(inverse, row, 0);
      double shift = 0;
      double slope = 0;
      for (int i = 0; i < columns; i++) {
        double g = get(dy, row * columns + i, 0);
        normals[i] = (get(x, row * columns + i, 0) - get(mean, row, 0)) * factor;
        products[i] += g * normals[i];
        sums[i] += g;
        shift += mean == null ? 0 : g * get(weight, i, 1) / columns;
        slope += g * get(weight, i, 1) * normals[i] / columns;
      }
      for (int i = 0; i < columns; i++) {
        double g = get(dy, row * columns + i, 0) * get(weight, i, 1);
        set(dx, row * columns + i, (g - shift - normals[i] * slope) * factor);
      }
    }
    for (int i = 0; i < columns; i++) {
      set(dweight, i, products[i]);
      set(dbias, i, sums[i]);
    }
  }
}
