package dev.lanewise.tensor;

import dev.lanewise.op.AdaptiveAvgPool2d;
import dev.lanewise.op.AvgPool2d;
import dev.lanewise.op.MaxPool2d;
import dev.lanewise.op.Op;
import dev.lanewise.op.Window;
import java.util.Arrays;
import java.util.function.UnaryOperator;

/**
 * Operations on a {@link Tensor}, pooling. Images are [N, C, H, W] or, without a batch, [C, H, W].
 */
public abstract sealed class PoolingOps extends IndexOps permits NeuralOps {
  PoolingOps() {}

  /** Maximum of windows of {@code kernel} by {@code kernel}, side by side. */
  public Tensor maxPool2d(int kernel) {
    return maxPool2d(Window.of(kernel));
  }

  /** Maximum of windows. */
  public Tensor maxPool2d(Window window) {
    return image(new MaxPool2d(window));
  }

  /**
   * Maximum of windows of images [N, C, H, W], and where each stood: row * W + column, INT64, the
   * first of equals.
   */
  public Sorted maxPool2dWithIndices(Window window) {
    Shape shape = self().shape();
    if (shape.rank() != 4) {
      throw new IllegalArgumentException(
          "maxPool2dWithIndices: images [N, C, H, W] are expected, found " + shape);
    }
    Tensor y = maxPool2d(window);
    return new Sorted(y, Images.places(self(), y.shape(), window));
  }

  /** Mean of windows of {@code kernel} by {@code kernel}, side by side. */
  public Tensor avgPool2d(int kernel) {
    return avgPool2d(Window.of(kernel), true);
  }

  /** Mean of windows; {@code countIncludePad}: zeros of the padding count. */
  public Tensor avgPool2d(Window window, boolean countIncludePad) {
    return image(new AvgPool2d(window, countIncludePad, 0));
  }

  /** Mean of windows, divided by {@code divisorOverride} where it is not 0. */
  public Tensor avgPool2d(Window window, boolean countIncludePad, int divisorOverride) {
    return image(new AvgPool2d(window, countIncludePad, divisorOverride));
  }

  /** Mean of {@code outputH} x {@code outputW} windows that cover the image; 1, 1: of all of it. */
  public Tensor adaptiveAvgPool2d(int outputH, int outputW) {
    return image(new AdaptiveAvgPool2d(outputH, outputW));
  }

  /** An operation on images, which takes one image [C, H, W] as a batch of one. */
  final Tensor image(Op op, Tensor... others) {
    Tensor[] inputs = new Tensor[others.length + 1];
    System.arraycopy(others, 0, inputs, 1, others.length);
    boolean one = self().shape().rank() == 3;
    inputs[0] = one ? self().unsqueeze(0) : self();
    Tensor y = Tensor.apply(op, inputs);
    return one ? y.squeeze(0) : y;
  }

  /** Maximum of windows of this [N, C, length] or [C, length]; the window's rows are 1. */
  public Tensor maxPool1d(Window window) {
    return oneRow("maxPool1d", window, x -> x.maxPool2d(window));
  }

  /** Mean of windows of this [N, C, length] or [C, length]; the window's rows are 1. */
  public Tensor avgPool1d(Window window, boolean countIncludePad) {
    return oneRow("avgPool1d", window, x -> x.avgPool2d(window, countIncludePad));
  }

  /** Mean of {@code output} windows that cover this [N, C, length] or [C, length]. */
  public Tensor adaptiveAvgPool1d(int output) {
    return oneRow("adaptiveAvgPool1d", Window.row(1, 1), x -> x.adaptiveAvgPool2d(1, output));
  }

  /** What works on images, on sequences as images of one row. */
  final Tensor oneRow(String who, Window window, UnaryOperator<Tensor> pooling) {
    Shape shape = self().shape();
    if ((shape.rank() != 2 && shape.rank() != 3) || shape.size() == 0) {
      throw new IllegalArgumentException(
          who + ": input must be [N, C, length] or [C, length] and not empty, found " + shape);
    }
    if (window.kernelH() != 1) {
      throw new IllegalArgumentException(
          who + ": the window must have one row, found " + window.kernelH());
    }
    int rank = shape.rank();
    int batch = rank == 3 ? shape.dim(0) : 1;
    Tensor y = pooling.apply(self().reshape(batch, shape.dim(-2 + rank), 1, shape.dim(rank - 1)));
    int[] dims = shape.toArray();
    dims[rank - 2] = y.shape().dim(1);
    dims[rank - 1] = y.shape().dim(3);
    return y.reshape(dims);
  }

  /**
   * Maximum of {@code outputH} x {@code outputW} windows that cover the image, as those of {@link
   * #adaptiveAvgPool2d}; the gradient goes to the first of equals in row-major order.
   */
  public Tensor adaptiveMaxPool2d(int outputH, int outputW) {
    Shape shape = self().shape();
    int rank = shape.rank();
    if (rank < 3 || rank > 4 || shape.size() == 0 || outputH < 1 || outputW < 1) {
      throw new IllegalArgumentException(
          "adaptiveMaxPool2d: input [N, C, H, W], not empty, and an output of at least 1x1 are"
              + " expected, found "
              + shape
              + " and "
              + outputH
              + "x"
              + outputW);
    }
    int h = shape.dim(rank - 2);
    int w = shape.dim(rank - 1);
    if (h % outputH == 0 && w % outputW == 0) {
      int r = h / outputH;
      int s = w / outputW;
      return maxPool2d(new Window(r, s, r, s, 0, 0, 1, 1, false));
    }
    // Columns first: among equals the first row wins, and in it the first column.
    return adaptiveMax(adaptiveMax(self(), rank - 1, outputW), rank - 2, outputH);
  }

  /**
   * Window i is floor(i n / output) to ceil((i + 1) n / output); where they overlap or differ, each
   * is laid out in full, the short ones with their last element once more.
   */
  private static Tensor adaptiveMax(Tensor x, int axis, int output) {
    int n = x.shape().dim(axis);
    int[] dims = x.shape().toArray();
    int[] split = Arrays.copyOf(dims, dims.length + 1);
    System.arraycopy(dims, axis, split, axis + 1, dims.length - axis);
    split[axis] = output;
    if (n % output == 0) {
      split[axis + 1] = n / output;
      return x.reshape(split).max(axis + 1);
    }
    int width = widest(n, output);
    if ((long) output * width > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "adaptiveMaxPool2d: "
              + output
              + " windows of up to "
              + width
              + " elements along a dimension of "
              + n
              + " are more than 2^31 - 1 together, which no dimension can hold");
    }
    Tensor index =
        Numbers.longs(
            output * width,
            i -> {
              int window = i / width;
              return Math.min(
                  windowStart(window, n, output) + i % width, windowEnd(window, n, output) - 1);
            });
    split[axis + 1] = width;
    return x.indexSelect(axis, index).reshape(split).max(axis + 1);
  }

  /**
   * The elements of the widest window where n is no multiple of the windows: beside n / output
   * whole ones it may cut one at its start, one at its end, or both, unless each window begins
   * where one of output / gcd equal parts of an element does and is longer by just that.
   */
  private static int widest(int n, int output) {
    int rest = n % output;
    return n / output + (output % rest == 0 ? 1 : 2);
  }

  private static int windowStart(int i, int n, int output) {
    return (int) ((long) i * n / output);
  }

  private static int windowEnd(int i, int n, int output) {
    return (int) Math.ceilDiv((i + 1L) * n, (long) output);
  }

  /** Maximum of {@code output} windows that cover this [N, C, length] or [C, length]. */
  public Tensor adaptiveMaxPool1d(int output) {
    return oneRow("adaptiveMaxPool1d", Window.row(1, 1), x -> x.adaptiveMaxPool2d(1, output));
  }

  /** (Σ x^p)^(1/p) over windows; 0 where the sum is negative. */
  public Tensor lpPool2d(float p, Window window) {
    float taps = window.kernelH() * window.kernelW();
    return self().pow(p).avgPool2d(window, true).relu().mul(taps).pow(1 / p);
  }

  /** As {@link #lpPool2d} for [N, C, length] or [C, length]; the window's rows are 1. */
  public Tensor lpPool1d(float p, Window window) {
    return oneRow("lpPool1d", window, x -> x.lpPool2d(p, window));
  }

  /**
   * What maxima were taken of, as far as they tell: each element of this [N, C, h, w] at its place
   * in images [N, C, height, width] of zeros.
   *
   * @param places INT64 of this shape: row * width + column
   */
  public Tensor maxUnpool2d(Tensor places, int height, int width) {
    Shape shape = self().shape();
    if (shape.rank() != 4 || !shape.equals(places.shape())) {
      throw new IllegalArgumentException(
          "maxUnpool2d: images [N, C, h, w] and as many places are expected, found "
              + shape
              + " and "
              + places.shape());
    }
    Tensor zeros = Tensor.zeros(shape.dim(0), shape.dim(1), height * width);
    Tensor y = zeros.scatter(2, places.flatten(2, -1), self().flatten(2, -1));
    return y.reshape(shape.dim(0), shape.dim(1), height, width);
  }
}
