package dev.lanewise.op;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.tensor.Scope;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tape;
import dev.lanewise.tensor.Tensor;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Convolutions of random sizes and attributes, all three passes, against seven loops in float64.
 */
class Conv2dTest {
  private static final int CASES = 24;

  /** Few different ones, as every block size has to be compiled first. */
  private static final int[] OUTPUTS = {1, 4, 33, 20};

  @Test
  void valuesAndGradientsAreThoseOfTheDefinition() {
    Random random = new Random(1);
    for (int i = 0; i < CASES; i++) {
      int groups = random.nextInt(4) == 0 ? 1 + random.nextInt(3) : 1;
      Conv2d conv =
          new Conv2d(
              1 + random.nextInt(3),
              1 + random.nextInt(3),
              random.nextInt(3),
              random.nextInt(3),
              1 + random.nextInt(2),
              1 + random.nextInt(3),
              groups);
      int channels = 1 + random.nextInt(5);
      int kernelH = 1 + random.nextInt(5);
      int kernelW = 1 + random.nextInt(5);
      // No smaller than the kernel without padding.
      int h = conv.dilationH() * (kernelH - 1) + 1 + random.nextInt(8);
      int w = conv.dilationW() * (kernelW - 1) + 1 + random.nextInt(8);
      int n = 1 + random.nextInt(2 * Lanes.L + 3);
      check(
          conv,
          Shape.of(n, groups * channels, h, w),
          Shape.of(groups * OUTPUTS[i % OUTPUTS.length], channels, kernelH, kernelW),
          random);
    }
  }

  @Test
  void depthwise() {
    Random random = new Random(3);
    for (int i = 0; i < CASES; i++) {
      int channels = 2 + random.nextInt(70);
      Conv2d conv =
          new Conv2d(
              1 + random.nextInt(3),
              1 + random.nextInt(3),
              random.nextInt(3),
              random.nextInt(3),
              1 + random.nextInt(2),
              1 + random.nextInt(2),
              channels);
      int kernelH = 1 + random.nextInt(4);
      int kernelW = 1 + random.nextInt(7);
      int h = conv.dilationH() * (kernelH - 1) + 1 + random.nextInt(5);
      int w = conv.dilationW() * (kernelW - 1) + 1 + random.nextInt(20);
      check(
          conv,
          Shape.of(1 + random.nextInt(Lanes.L + 3), channels, h, w),
          Shape.of(channels * (1 + i % 2), 1, kernelH, kernelW),
          random);
    }
  }

  @Test
  void fewTapsAndManyOutputs() {
    Random random = new Random(4);
    int[][] kernels = {{1, 1}, {1, 2}, {2, 1}, {2, 2}};
    for (int i = 0; i < 12; i++) {
      int[] kernel = kernels[i % 4];
      Conv2d conv = new Conv2d(1 + i % 3, 1, i % 2, random.nextInt(2), 1, 1 + i % 2, 1);
      check(
          conv,
          Shape.of(1 + 3 * i, 1 + i % 3, 2 + random.nextInt(9), 3 + random.nextInt(20)),
          Shape.of(2 * Lanes.L + 1, 1 + i % 3, kernel[0], kernel[1]),
          random);
    }
  }

  /** Whole lanes: several pieces of an image, several parts of a sum, tiles with remainders. */
  @Test
  void firstLayersAndFewOutputs() {
    Random random = new Random(6);
    int n = 2 * Lanes.L;
    check(Conv2d.standard().padding(1), Shape.of(n, 3, 33, 17), Shape.of(64, 3, 3, 3), random);
    // Backward-weights by tiles: three rows of tiles at once and one left, parts of the channels.
    check(Conv2d.standard().padding(1), Shape.of(n, 3, 14, 10), Shape.of(5, 3, 3, 3), random);
    check(Conv2d.standard().padding(1), Shape.of(n, 3, 4, 32), Shape.of(71, 3, 3, 3), random);
    Conv2d uneven = new Conv2d(1, 2, 2, 1, 1, 2, 1);
    check(uneven, Shape.of(n, 2, 9, 31), Shape.of(20, 2, 5, 2), random);
    check(Conv2d.standard(), Shape.of(Lanes.L, 1, 28, 28), Shape.of(33, 1, 5, 5), random);
    check(Conv2d.standard().padding(1), Shape.of(n, 40, 9, 8), Shape.of(3, 40, 3, 3), random);
    check(
        Conv2d.standard().stride(2).groups(3), Shape.of(n, 9, 8, 9), Shape.of(6, 3, 3, 3), random);
  }

  @Test
  void everyBatchSize() {
    Random random = new Random(5);
    for (int n = 1; n <= 33; n++) {
      check(Conv2d.standard().padding(1), Shape.of(n, 2, 5, 4), Shape.of(4, 2, 3, 3), random);
    }
  }

  /** Where nothing is recorded the lanes may be output channels: one or two vectors of them. */
  @Test
  void fewImages() {
    Random random = new Random(7);
    int[] outputs = {Lanes.L, 2 * Lanes.L, 3 * Lanes.L, 6 * Lanes.L};
    for (int i = 0; i < CASES; i++) {
      Conv2d conv =
          new Conv2d(
              1 + random.nextInt(3),
              1 + random.nextInt(3),
              random.nextInt(4),
              random.nextInt(4),
              1 + random.nextInt(2),
              1 + random.nextInt(3),
              1);
      int channels = i % 3 == 0 ? Lanes.L * (1 + random.nextInt(3)) : 1 + random.nextInt(20);
      int kernelH = 1 + random.nextInt(5);
      int kernelW = 1 + random.nextInt(5);
      int h = conv.dilationH() * (kernelH - 1) + 1 + random.nextInt(12);
      int w = conv.dilationW() * (kernelW - 1) + 1 + random.nextInt(12);
      check(
          conv,
          Shape.of(1 + i % Math.max(1, Lanes.L / 2), channels, h, w),
          Shape.of(outputs[i % outputs.length], channels, kernelH, kernelW),
          random);
    }
    // Several slices of a sum, and parts of the output channels.
    check(Conv2d.standard().padding(1), Shape.of(1, 130, 4, 4), Shape.of(64, 130, 3, 3), random);
  }

  @Test
  void transposedConvolutionIsTheAdjoint() {
    Random random = new Random(2);
    Conv2d conv = Conv2d.standard().stride(2).padding(1).groups(2);
    Shape small = Shape.of(3, 4, 5, 4);
    Shape weight = Shape.of(4, 3, 3, 3);
    try (Scope scope = Scope.open()) {
      Tensor x = Tensor.of(normal(random, small), small.toArray());
      Tensor w = Tensor.of(normal(random, weight), weight.toArray());
      Tensor y = x.convTranspose2d(w, null, conv, 1, 1);
      assertEquals(Shape.of(3, 6, 10, 8), y.shape());
      // <T x, v> = <x, conv v> for every v.
      Tensor v = Tensor.of(normal(random, y.shape()), y.shape().toArray());
      float left = y.mul(v).sum().item();
      float right = x.mul(v.conv2d(w, null, conv)).sum().item();
      assertEquals(right, left, 1e-3);
    }
  }

  private static void check(Conv2d conv, Shape xShape, Shape wShape, Random random) {
    String what = conv + " on " + xShape + " with " + wShape;
    float[] x = normal(random, xShape);
    float[] w = normal(random, wShape);
    float[] bias = normal(random, Shape.of(wShape.dim(0)));
    try (Scope scope = Scope.open()) {
      Tensor input = Tensor.of(x, xShape.toArray()).requireGrad();
      Tensor weight = Tensor.of(w, wShape.toArray()).requireGrad();
      Tensor offset = Tensor.of(bias, bias.length).requireGrad();
      Tensor output = input.conv2d(weight, offset, conv);
      Shape yShape = output.shape();
      float[] dy = normal(random, yShape);
      output.backward(Tensor.of(dy, yShape.toArray()));

      Reference expected = new Reference(conv, xShape, wShape, yShape, x, w, bias, dy);
      assertClose(expected.y, output, what + ": y");
      Tensor unrecorded = Tape.noGrad(() -> input.conv2d(weight, offset, conv));
      assertClose(expected.y, unrecorded, what + ": y, not recorded");
      assertClose(expected.dx, gradient(input), what + ": dx");
      assertClose(expected.dw, gradient(weight), what + ": dw");
      assertClose(expected.dbias, gradient(offset), what + ": dbias");
    }
  }

  /** The sums of the definition, term by term. */
  private static final class Reference {
    final double[] y;
    final double[] dx;
    final double[] dw;
    final double[] dbias;

    Reference(
        Conv2d conv,
        Shape xShape,
        Shape wShape,
        Shape yShape,
        float[] x,
        float[] w,
        float[] bias,
        float[] dy) {
      y = new double[dy.length];
      dx = new double[x.length];
      dw = new double[w.length];
      dbias = new double[bias.length];
      int perGroup = wShape.dim(0) / conv.groups();
      for (int at = 0; at < y.length; at++) {
        int j = at % yShape.dim(3);
        int i = at / yShape.dim(3) % yShape.dim(2);
        int k = at / yShape.dim(3) / yShape.dim(2) % yShape.dim(1);
        int n = at / yShape.dim(3) / yShape.dim(2) / yShape.dim(1);
        y[at] = bias[k];
        dbias[k] += dy[at];
        for (int c = 0; c < wShape.dim(1); c++) {
          int channel = k / perGroup * wShape.dim(1) + c;
          for (int r = 0; r < wShape.dim(2); r++) {
            int row = i * conv.strideH() - conv.paddingH() + r * conv.dilationH();
            for (int s = 0; s < wShape.dim(3); s++) {
              int column = j * conv.strideW() - conv.paddingW() + s * conv.dilationW();
              if (row < 0 || row >= xShape.dim(2) || column < 0 || column >= xShape.dim(3)) {
                continue;
              }
              int from =
                  ((n * xShape.dim(1) + channel) * xShape.dim(2) + row) * xShape.dim(3) + column;
              int tap = ((k * wShape.dim(1) + c) * wShape.dim(2) + r) * wShape.dim(3) + s;
              y[at] += (double) x[from] * w[tap];
              dx[from] += (double) dy[at] * w[tap];
              dw[tap] += (double) dy[at] * x[from];
            }
          }
        }
      }
    }
  }

  private static Tensor gradient(Tensor leaf) {
    return Objects.requireNonNull(leaf.grad());
  }

  private static float[] normal(Random random, Shape shape) {
    float[] values = new float[Math.toIntExact(shape.size())];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private static void assertClose(double[] expected, Tensor found, String what) {
    float[] values = found.toArray();
    assertEquals(expected.length, values.length, what);
    double largest = 1;
    for (double value : expected) {
      largest = Math.max(largest, Math.abs(value));
    }
    for (int i = 0; i < values.length; i++) {
      int at = i;
      assertEquals(expected[i], values[i], 1e-5 * largest, () -> what + ", element " + at);
    }
  }
}
