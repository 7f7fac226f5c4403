package dev.lanewise.tensor;

import dev.lanewise.op.Unfold;
import dev.lanewise.op.Window;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Rearranging and resizing images [N, C, H, W], composed of views, products and gathering. */
final class Images {
  /** Elements of a matrix of weights at most: beyond it, it would mostly be zeros. */
  private static final int DENSE = 1 << 20;

  private Images() {}

  /** Where the largest element of each window stands, row * W + column; NaN is largest. */
  static Tensor places(Tensor x, Shape pooled, Window window) {
    float[] values = x.toArray();
    int h = x.shape().dim(2);
    int w = x.shape().dim(3);
    long[] places = new long[Math.toIntExact(pooled.size())];
    int windows = pooled.dim(2) * pooled.dim(3);
    for (int i = 0; i < places.length; i++) {
      int top = i % windows / pooled.dim(3) * window.strideH() - window.paddingH();
      int left = i % pooled.dim(3) * window.strideW() - window.paddingW();
      int image = i / windows * h * w;
      int best = -1;
      for (int tap = 0; tap < window.kernelH() * window.kernelW(); tap++) {
        int row = top + tap / window.kernelW() * window.dilationH();
        int column = left + tap % window.kernelW() * window.dilationW();
        if (row < 0 || row >= h || column < 0 || column >= w) {
          continue;
        }
        int at = row * w + column;
        if (best < 0
            || values[image + at] > values[image + best]
            || (Float.isNaN(values[image + at]) && !Float.isNaN(values[image + best]))) {
          best = at;
        }
      }
      places[i] = best;
    }
    return Tensor.ofLongs(places, pooled.toArray());
  }

  static Tensor pixelShuffle(Tensor x, int r) {
    int[] dims = x.shape().toArray();
    int n = dims.length;
    if (n < 3 || r < 1 || dims[n - 3] % ((long) r * r) != 0) {
      throw new IllegalArgumentException(
          "pixelShuffle: shape [.., C r r, H, W] is expected, found "
              + x.shape()
              + " with factor "
              + r);
    }
    int c = (int) (dims[n - 3] / ((long) r * r));
    int h = dims[n - 2];
    int w = dims[n - 1];
    // [-1, C, r, r, H, W] to [-1, C, H, r, W, r]
    Tensor y = x.reshape(-1, c, r, r, h, w).permute(0, 1, 4, 2, 5, 3);
    dims[n - 3] = c;
    dims[n - 2] = h * r;
    dims[n - 1] = w * r;
    return y.reshape(dims);
  }

  static Tensor pixelUnshuffle(Tensor x, int r) {
    int[] dims = x.shape().toArray();
    int n = dims.length;
    if (n < 3 || r < 1 || dims[n - 2] % r != 0 || dims[n - 1] % r != 0) {
      throw new IllegalArgumentException(
          "pixelUnshuffle: shape [.., C, H r, W r] is expected, found "
              + x.shape()
              + " with factor "
              + r);
    }
    int c = dims[n - 3];
    int h = dims[n - 2] / r;
    int w = dims[n - 1] / r;
    Tensor y = x.reshape(-1, c, h, r, w, r).permute(0, 1, 3, 5, 2, 4);
    dims[n - 3] = c * r * r;
    dims[n - 2] = h;
    dims[n - 1] = w;
    return y.reshape(dims);
  }

  static Tensor channelShuffle(Tensor x, int groups) {
    Shape shape = x.shape();
    if (shape.rank() < 2 || groups < 1 || shape.dim(1) % groups != 0) {
      throw new IllegalArgumentException(
          "channelShuffle: " + groups + " groups do not divide the channels of shape " + shape);
    }
    return x.unflatten(1, groups, shape.dim(1) / groups).transpose(1, 2).reshape(shape.toArray());
  }

  static Tensor unfold(Tensor x, Window window) {
    if (x.shape().rank() != 4) {
      throw new IllegalArgumentException("unfold: images must be [N, C, H, W], found " + x.shape());
    }
    Tensor framed =
        x.pad(window.paddingW(), window.paddingW(), window.paddingH(), window.paddingH());
    Tensor y =
        framed
            .unfold(2, window.kernelH(), window.strideH(), window.dilationH())
            .unfold(3, window.kernelW(), window.strideW(), window.dilationW());
    int[] d = y.shape().toArray();
    // [N, C, rows, columns, R, S] to [N, C R S, rows columns]
    return y.permute(0, 1, 4, 5, 2, 3).reshape(d[0], d[1] * d[4] * d[5], d[2] * d[3]);
  }

  static Tensor fold(Tensor x, int height, int width, Window window) {
    int h = height + 2 * window.paddingH();
    int w = width + 2 * window.paddingW();
    int r = window.kernelH();
    int s = window.kernelW();
    Unfold down = new Unfold(2, r, window.strideH(), window.dilationH());
    Unfold across = new Unfold(3, s, window.strideW(), window.dilationW());
    int taps = r * s;
    if (x.shape().rank() != 3 || x.shape().dim(1) % taps != 0) {
      throw new IllegalArgumentException(
          "fold: columns must be [N, C * " + taps + ", L], found " + x.shape());
    }
    int n = x.shape().dim(0);
    int c = x.shape().dim(1) / taps;
    Shape rows = down.shape(Shape.of(n, c, h, w));
    Shape windows = across.shape(rows);
    if ((long) windows.dim(2) * windows.dim(3) != x.shape().dim(2)) {
      throw new IllegalArgumentException(
          "fold: "
              + windows.dim(2) * windows.dim(3)
              + " windows make an image of "
              + height
              + "x"
              + width
              + ", found "
              + x.shape().dim(2)
              + " columns");
    }
    Tensor y = x.reshape(n, c, r, s, windows.dim(2), windows.dim(3)).permute(0, 1, 4, 5, 2, 3);
    y = Tensor.apply(new Unfold.Gradient(across, rows), y);
    y = Tensor.apply(new Unfold.Gradient(down, Shape.of(n, c, h, w)), y);
    return y.pad(-window.paddingW(), -window.paddingW(), -window.paddingH(), -window.paddingH());
  }

  /**
   * Resizes one dimension after the other. The nearest modes pick indices; the others are a product
   * with a matrix of weights for each dimension, which the matrix kernels do at a speed that a loop
   * over few weights only beats for long dimensions: those are sums of a few picked pixels, or for
   * areas a pooling.
   *
   * @param scales the factors that the sizes came from, which then define the coordinates; or null
   */
  static Tensor interpolate(
      Tensor x,
      Interpolation mode,
      boolean alignCorners,
      double @Nullable [] scales,
      int... sizes) {
    Shape shape = x.shape();
    if (sizes.length == 0
        || shape.rank() != sizes.length + 2
        || Arrays.stream(sizes).anyMatch(s -> s < 1)) {
      throw new IllegalArgumentException(
          "interpolate: images [N, C, ...] and a new size of at least 1 for each further dimension"
              + " are expected, found shape "
              + shape
              + " and sizes "
              + Arrays.toString(sizes));
    }
    Tensor y = x;
    // The last dimension first: its products are of plain matrices.
    for (int i = sizes.length - 1; i >= 0; i--) {
      int axis = i + 2;
      int from = shape.dim(axis);
      int to = sizes[i];
      double step = scales == null ? (double) from / to : 1 / scales[i];
      if (mode == Interpolation.NEAREST || mode == Interpolation.NEAREST_EXACT) {
        double shift = mode == Interpolation.NEAREST ? 0 : 0.5;
        y =
            y.indexSelect(
                axis,
                Numbers.longs(
                    to, j -> Math.min((long) Math.floor((j + shift) * (float) step), from - 1)));
        continue;
      }
      Taps taps = new Taps(mode, alignCorners, step, from, to);
      if ((long) to * from > DENSE) {
        y = mode == Interpolation.AREA ? areas(y, axis, to) : taps.sum(y, axis);
        continue;
      }
      Tensor weights =
          Tensor.of(mode == Interpolation.AREA ? areas(from, to) : taps.weights(), to, from);
      y =
          axis == y.shape().rank() - 1
              ? y.matmul(weights.t())
              : weights.matmul(y.movedim(axis, -2));
      y = axis == shape.rank() - 1 ? y : y.movedim(-2, axis);
    }
    return y;
  }

  /** The means of {@code to} windows that cover a dimension, as a pooling. */
  private static Tensor areas(Tensor x, int axis, int to) {
    Tensor rows = x.movedim(axis, -1);
    int[] dims = rows.shape().toArray();
    Tensor y = rows.reshape(-1, 1, 1, dims[dims.length - 1]).adaptiveAvgPool2d(1, to);
    dims[dims.length - 1] = to;
    return y.reshape(dims).movedim(-1, axis);
  }

  /** Row j holds how much each of {@code from} pixels adds to the mean of window j. */
  private static float[] areas(int from, int to) {
    float[] w = new float[to * from];
    for (int j = 0; j < to; j++) {
      int start = (int) ((long) j * from / to);
      int end = (int) Math.ceilDiv((j + 1L) * from, (long) to);
      Arrays.fill(w, j * from + start, j * from + end, 1f / (end - start));
    }
    return w;
  }

  /** The two or four pixels from which a pixel j of {@code to} is made. */
  private record Taps(Interpolation mode, boolean alignCorners, double step, int from, int to) {
    /** Where pixel j lies among those of {@code from}. */
    private double at(int j) {
      double corners = to > 1 ? (from - 1.0) / (to - 1) : 0;
      double at = alignCorners ? j * corners : (j + 0.5) * step - 0.5;
      return mode == Interpolation.LINEAR ? Math.max(at, 0) : at;
    }

    private int pixel(double at, int tap) {
      int first = (int) Math.floor(at) - (mode == Interpolation.LINEAR ? 0 : 1);
      return Math.clamp(first + tap, 0, from - 1);
    }

    private double[] shares(double at) {
      double t = at - Math.floor(at);
      return mode == Interpolation.LINEAR ? new double[] {1 - t, t} : cubic(t);
    }

    /** Row j holds how much each of {@code from} pixels adds to pixel j of {@code to}. */
    float[] weights() {
      float[] w = new float[to * from];
      for (int j = 0; j < to; j++) {
        double at = at(j);
        double[] shares = shares(at);
        for (int tap = 0; tap < shares.length; tap++) {
          w[j * from + pixel(at, tap)] += (float) shares[tap];
        }
      }
      return w;
    }

    /** The pixels of x along a dimension, picked, weighed and added. */
    Tensor sum(Tensor x, int axis) {
      int[] line = new int[x.shape().rank()];
      Arrays.fill(line, 1);
      line[axis] = to;
      int taps = mode == Interpolation.LINEAR ? 2 : 4;
      List<Tensor> parts = new ArrayList<>();
      for (int i = 0; i < taps; i++) {
        int tap = i;
        Tensor share = Numbers.floats(to, j -> shares(at(j))[tap]).reshape(line);
        parts.add(x.indexSelect(axis, Numbers.longs(to, j -> pixel(at(j), tap))).mul(share));
      }
      return parts.stream().reduce(Tensor::add).orElseThrow();
    }
  }

  private static double[] cubic(double t) {
    return new double[] {outer(t + 1), inner(t), inner(1 - t), outer(2 - t)};
  }

  /** The cubic convolution kernel with a = -0.75 for |t| up to 1. */
  private static double inner(double t) {
    double a = -0.75;
    return ((a + 2) * t - (a + 3)) * t * t + 1;
  }

  /** The same for |t| from 1 to 2. */
  private static double outer(double t) {
    double a = -0.75;
    return ((a * t - 5 * a) * t + 8 * a) * t - 4 * a;
  }
}
