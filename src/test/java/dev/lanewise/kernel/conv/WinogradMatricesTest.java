package dev.lanewise.kernel.conv;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.kernel.Place;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.kernel.vector.Operand;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The matrices of Winograd convolution, and the loops that multiply by them. */
@ExtendWith(Place.Guards.class)
class WinogradMatricesTest {
  /** Outputs and taps in a row of all tiles in use. */
  private static final int[][] SIZES = {
    {2, 2}, {2, 3}, {2, 4}, {2, 5}, {4, 2}, {4, 3}, {4, 4}, {4, 5}, {5, 3}
  };

  /** Every matrix as generated code, beside the product with it term by term. */
  @Test
  void loopsAreProductsWithTheirMatrices() {
    Random random = new Random(8);
    for (int[] size : SIZES) {
      CookToom matrices = new CookToom(size[0], size[1]);
      checkLoop(matrices.input(), random);
      checkLoop(matrices.output(), random);
      checkLoop(matrices.weight(), random);
      checkLoop(matrices.outputGradient(), random);
      checkLoop(matrices.weightGradient(), random);
    }
  }

  private static void checkLoop(double[][] matrix, Random random) {
    int items = 3;
    Place from = Place.random((long) matrix[0].length * items * Lanes.L, random);
    for (boolean masked : new boolean[] {false, true}) {
      int lanes = masked ? 1 + random.nextInt(Lanes.L) : Lanes.L;
      float[][] results = new float[2][];
      for (int i = 0; i < 2; i++) {
        WinogradLoop loop =
            i == 0
                ? new ScalarWinogradLoop(matrix, masked)
                : WinogradLoopGenerator.of(matrix, masked);
        Place to = Place.floats((long) matrix.length * items * Lanes.L);
        loop.run(
            Operand.address(from),
            (long) items * Lanes.BYTES,
            Lanes.BYTES,
            Operand.address(to),
            Lanes.BYTES,
            (long) matrix.length * Lanes.BYTES,
            items,
            lanes);
        results[i] = to.toArray();
      }
      for (int i = 0; i < results[0].length; i++) {
        assertEquals(results[0][i], results[1][i], 1e-4, Arrays.deepToString(matrix));
      }
    }
  }

  /** The matrices are those of the definition: a short correlation, in float64. */
  @Test
  void matricesCorrelate() {
    Random random = new Random(9);
    for (int[] size : SIZES) {
      int outputs = size[0];
      int taps = size[1];
      CookToom matrices = new CookToom(outputs, taps);
      double[] d = random.doubles(outputs + taps - 1, -1, 1).toArray();
      double[] g = random.doubles(taps, -1, 1).toArray();
      double[] v = product(matrices.input(), d);
      double[] u = product(matrices.weight(), g);
      for (int i = 0; i < v.length; i++) {
        v[i] *= u[i];
      }
      double[] y = product(matrices.output(), v);
      for (int i = 0; i < outputs; i++) {
        double expected = 0;
        for (int j = 0; j < taps; j++) {
          expected += d[i + j] * g[j];
        }
        assertEquals(expected, y[i], 1e-13);
      }
    }
  }

  /** With a stride: forward, and the gradient of the input for every remainder of the padding. */
  @Test
  void stridedMatricesCorrelate() {
    Random random = new Random(17);
    for (int[] size :
        new int[][] {{2, 3, 1}, {2, 3, 2}, {4, 3, 2}, {4, 4, 2}, {4, 5, 2}, {3, 7, 3}}) {
      int outputs = size[0];
      int taps = size[1];
      int stride = size[2];
      StridedCookToom matrices = new StridedCookToom(outputs, taps, stride);
      double[] g = random.doubles(taps, -1, 1).toArray();
      double[] d = random.doubles(matrices.inputs(), -1, 1).toArray();
      double[] y = product(matrices.output(), times(product(matrices.input(), d), matrices, g));
      for (int i = 0; i < outputs; i++) {
        double expected = 0;
        for (int r = 0; r < taps; r++) {
          expected += d[stride * i + r] * g[r];
        }
        assertEquals(expected, y[i], 1e-13);
      }
      double[] turned = new double[taps];
      for (int r = 0; r < taps; r++) {
        turned[r] = g[taps - 1 - r];
      }
      for (int padding = 0; padding < 2 * stride; padding++) {
        StridedCookToom.InputGradient gradient = matrices.new InputGradient(padding);
        double[] dy = random.doubles(gradient.inputs(), -1, 1).toArray();
        double[] dx =
            product(gradient.output(), times(product(gradient.input(), dy), matrices, turned));
        assertEquals(stride * outputs, dx.length);
        for (int j = 0; j < dx.length; j++) {
          double expected = 0;
          for (int r = 0; r < taps; r++) {
            int i = j + padding - r;
            expected += i % stride == 0 ? g[r] * dy[i / stride + gradient.padding()] : 0;
          }
          assertEquals(expected, dx[j], 1e-13);
        }
      }
      checkLoop(matrices.input(), random);
      checkLoop(matrices.output(), random);
    }
  }

  /** At every point the product with the weight of its kind. */
  private static double[] times(double[] values, StridedCookToom matrices, double[] taps) {
    double[] weights = product(matrices.weight(), taps);
    int[] kind = matrices.kind();
    for (int i = 0; i < values.length; i++) {
      values[i] *= weights[kind[i]];
    }
    return values;
  }

  private static double[] product(double[][] matrix, double[] vector) {
    double[] result = new double[matrix.length];
    for (int i = 0; i < matrix.length; i++) {
      for (int j = 0; j < vector.length; j++) {
        result[i] += matrix[i][j] * vector[j];
      }
    }
    return result;
  }
}
