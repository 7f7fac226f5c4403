package dev.lanewise.kernel.product;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lanewise.SameThreads;
import dev.lanewise.kernel.Place;
import dev.lanewise.kernel.block.BlockKernels;
import dev.lanewise.kernel.elementwise.Reorder;
import dev.lanewise.kernel.elementwise.UnaryFormula;
import dev.lanewise.kernel.team.Team;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.kernel.vector.Operand;
import dev.lanewise.op.Relu;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(SameThreads.class)
class FullyConnectedTest {
  private static final int L = Lanes.L;

  @ParameterizedTest
  @CsvSource({
    "32, 17, 15", // a prime number of steps
    "64, 400, 120",
    "61, 37, 33", // nothing fits
    "300, 2, 100", // sums over lanes
    "300, 100, 3",
    "64, 784, 512", // rows in place
    "64, 512, 300",
    "61, 48, 33", // whole vectors of features, and a part of a vector of samples
    "64, 2000, 40", // few rows of the weight: they are long enough to be cut
    "40, 1024, 200", // rows a page apart
    "250, 84, 10",
    "95, 5, 1",
    "39, 1, 5"
  })
  void isTheProduct(int n, int in, int out) {
    assumeTrue(BlockKernels.anyBlock(), "the block kernels are not generated here");
    assertTrue(FullyConnected.serves(n, in, out));
    Random random = new Random(n * 31L + in * 7L + out);
    float[] x = values(n * in, random);
    float[] w = values(out * in, random);
    float[] bias = values(out, random);
    float[] dy = values(n * out, random);
    float[] y = new float[n * out];
    float[] dx = new float[n * in];
    float[] dw = new float[out * in];
    for (int i = 0; i < n; i++) {
      for (int o = 0; o < out; o++) {
        double sum = 0;
        for (int j = 0; j < in; j++) {
          sum += (double) x[i * in + j] * w[o * in + j];
        }
        y[i * out + o] = (float) (sum + bias[o]);
      }
      for (int j = 0; j < in; j++) {
        double sum = 0;
        for (int o = 0; o < out; o++) {
          sum += (double) dy[i * out + o] * w[o * in + j];
        }
        dx[i * in + j] = (float) sum;
      }
    }
    for (int o = 0; o < out; o++) {
      for (int j = 0; j < in; j++) {
        double sum = 0;
        for (int i = 0; i < n; i++) {
          sum += (double) dy[i * out + o] * x[i * in + j];
        }
        dw[o * in + j] = (float) sum;
      }
    }
    Place plain = Place.of(x);
    Place samples = lanes(x, n, in);
    Place slopes = lanes(dy, n, out);
    Place row = Place.of(w);
    Place column = Place.of(transposed(w, out, in));
    Place addend = Place.of(bias);
    Gemm.Matrix straight = new Gemm.Matrix(row, 0, in, false);
    Gemm.Matrix turned = new Gemm.Matrix(column, 0, out, true);
    float[] one = new float[0];
    float[] oneSlope = new float[0];
    for (int count = 1; count <= 2; count++) {
      Team.global().setThreads(count);
      for (Gemm.Matrix weight : new Gemm.Matrix[] {straight, turned}) {
        Place result = Place.floats((long) Lanes.roundUp(n) * out);
        FullyConnected.forward(null, samples, weight, addend, result, n, in, out);
        close(y, unlaned(result, n, out), in);
        if (!weight.transposed()) {
          one = count == 1 ? result.toArray() : one;
          assertArrayEquals(one, result.toArray(), "two threads, other bits");
        }
        Place gradient = Place.floats((long) Lanes.roundUp(n) * in);
        FullyConnected.inputGradient(slopes, weight, gradient, n, in, out);
        close(dx, unlaned(gradient, n, in), out);
        float[] whole = gradient.toArray();
        for (int i = 0; i < in; i++) {
          for (int lane = n % L == 0 ? L : n % L; lane < L; lane++) {
            assertEquals(0, whole[(n / L * in + i) * L + lane], "padding");
          }
        }
      }
      Place gradient = Place.floats((long) out * in);
      WeightGradient.run(samples, true, slopes, gradient, n, in, out);
      close(dw, gradient.toArray(), n);
      oneSlope = count == 1 ? gradient.toArray() : oneSlope;
      assertArrayEquals(oneSlope, gradient.toArray(), "two threads, other bits");
      if (!WeightGradient.sumsOverLanes(n, in, out)) {
        WeightGradient.run(plain, false, slopes, gradient, n, in, out);
        close(dw, gradient.toArray(), n);
        assertArrayEquals(oneSlope, gradient.toArray(), "plain, other bits");
        tilesAreParts(
            new WeightProduct(plain, false, null, slopes, slopes, null, null, n, in, out),
            oneSlope);
      }
    }
    Place.checkAll();
  }

  private static void tilesAreParts(WeightProduct product, float[] whole) {
    int most = 2 * 2 * L;
    for (int t = 0; t < product.tiles(); t++) {
      int row = product.tileStart(t);
      int rows = product.tileStart(t + 1) - row;
      for (int column = 0; column < product.columns(); column += most) {
        int columns = Math.min(most, product.columns() - column);
        Place tile = Place.floats((long) rows * columns + 2L * L);
        Place next = Place.of(values(rows * columns, new Random(t)));
        float[] before = next.toArray();
        long fetched = Operand.address(next);
        long bytes = column == 0 ? (long) rows * columns * Float.BYTES : 0;
        product.tile(t, column, columns, Operand.address(tile), fetched, fetched, bytes);
        assertArrayEquals(before, next.toArray(), "fetched, and changed");
        float[] found = tile.toArray();
        for (int i = 0; i < rows * columns; i++) {
          float expected = whole[(row + i / columns) * product.columns() + column + i % columns];
          assertEquals(expected, found[i], 0, "a tile with other bits");
        }
      }
    }
    product.factors().free();
  }

  /** What is done with dy on its way: the derivative of an activation, and sums. */
  @ParameterizedTest
  @CsvSource({"64, 40, 33", "61, 100, 14", "95, 70, 5"})
  void slopesOfAnActivationOnTheWay(int n, int in, int out) {
    assumeTrue(BlockKernels.anyBlock(), "the block kernels are not generated here");
    Random random = new Random(n);
    UnaryFormula relu = new Relu();
    float[] y = values(n * out, random);
    float[] dy = values(n * out, random);
    float[] g = dy.clone();
    float[] sums = new float[out];
    for (int i = 0; i < g.length; i++) {
      g[i] *= relu.df(0, y[i]);
      sums[i % out] += g[i];
    }
    Place x = Place.of(values(n * in, random));
    Place outputs = lanes(y, n, out);
    Place given = lanes(dy, n, out);
    Place expected = Place.floats((long) out * in);
    WeightGradient.run(x, false, lanes(g, n, out), expected, n, in, out);
    for (boolean wanted : new boolean[] {false, true}) {
      Place slopes = Place.floats((long) Lanes.roundUp(n) * out);
      Place bias = Place.floats(out);
      Place dw = Place.floats((long) out * in);
      new WeightProduct(x, false, relu, outputs, given, wanted ? slopes : null, bias, n, in, out)
          .writeAndFree(dw);
      assertArrayEquals(expected.toArray(), dw.toArray());
      close(sums, bias.toArray(), n);
      if (wanted) {
        assertArrayEquals(g, unlaned(slopes, n, out));
      }
    }
    Place.checkAll();
  }

  @Test
  void fewSamplesAndLongRowsAreLeftToOthers() {
    assertFalse(FullyConnected.serves(L, 100, 100));
    assertFalse(FullyConnected.serves(2 * L + 1, 100, 100), "a third of the lanes idle");
    assertFalse(FullyConnected.serves(32, 4096, 4096));
    assertFalse(FullyConnected.serves(64, 25088, 100));
    assertFalse(FullyConnected.serves(64, 0, 100));
  }

  private static Place lanes(float[] values, int n, int features) {
    Place lanes = Place.floats((long) Lanes.roundUp(n) * features);
    Reorder.toLanes(Place.of(values), lanes, n, features, 1, 1);
    return lanes;
  }

  private static float[] unlaned(Place lanes, int n, int features) {
    Place plain = Place.floats((long) n * features);
    Reorder.fromLanes(lanes, plain, n, features, 1, 1);
    return plain.toArray();
  }

  private static float[] transposed(float[] w, int rows, int columns) {
    float[] result = new float[w.length];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        result[j * rows + i] = w[i * columns + j];
      }
    }
    return result;
  }

  private static void close(float[] expected, float[] found, int terms) {
    assertArrayEquals(expected, found, (float) (4e-7 * Math.sqrt(terms) * Math.log(terms + 9)));
  }

  private static float[] values(int n, Random random) {
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = random.nextFloat() * 2 - 1;
    }
    return values;
  }
}
