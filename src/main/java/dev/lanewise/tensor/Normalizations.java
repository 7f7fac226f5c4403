package dev.lanewise.tensor;

import dev.lanewise.op.BatchNorm;
import dev.lanewise.op.NormalizeRows;
import dev.lanewise.op.Window;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Normalisations as calls of operations. */
final class Normalizations {
  private Normalizations() {}

  static Tensor batchNorm(
      Tensor input,
      BatchNorm options,
      @Nullable Tensor runningMean,
      @Nullable Tensor runningVar,
      @Nullable Tensor weight,
      @Nullable Tensor bias,
      @Nullable Tensor residual) {
    Shape shape = input.shape();
    if (shape.rank() < 2) {
      throw new IllegalArgumentException(
          "batchNorm: input must have a batch and channels, found shape " + shape);
    }
    if (!options.training() && (runningMean == null || runningVar == null)) {
      throw new IllegalArgumentException(
          "batchNorm: without running statistics there is only training");
    }
    int channels = shape.dim(1);
    Tensor x = images(input);
    Tensor w = weight == null ? Tensor.ones(channels) : weight;
    Tensor b = bias == null ? Tensor.zeros(channels) : bias;
    Tensor mean = runningMean == null ? Tensor.zeros(channels) : runningMean;
    Tensor variance = runningVar == null ? Tensor.ones(channels) : runningVar;
    Tensor y =
        residual == null
            ? Tensor.apply(options, x, w, b, mean, variance)
            : Tensor.apply(options, x, w, b, mean, variance, images(residual));
    return y.reshape(shape.toArray());
  }

  /** Sequences and volumes as images: all that follows the channels is one column of pixels. */
  private static Tensor images(Tensor x) {
    Shape shape = x.shape();
    boolean known = shape.rank() == 2 || shape.rank() == 4 || shape.size() == 0;
    return known ? x : x.reshape(shape.dim(0), shape.dim(1), -1, 1);
  }

  /** Normalises over the last dimensions, which must be {@code normalized}. */
  static Tensor overLast(
      String who,
      Tensor x,
      int[] normalized,
      NormalizeRows op,
      @Nullable Tensor weight,
      @Nullable Tensor bias) {
    int[] dims = x.shape().toArray();
    int from = dims.length - normalized.length;
    if (normalized.length == 0
        || from < 0
        || !Arrays.equals(dims, from, dims.length, normalized, 0, normalized.length)) {
      throw new IllegalArgumentException(
          who
              + ": the last dimensions of the input "
              + x.shape()
              + " must be "
              + Arrays.toString(normalized));
    }
    check(who, "weight", weight, Shape.of(normalized));
    check(who, "bias", bias, Shape.of(normalized));
    int columns = Math.toIntExact(Shape.of(normalized).size());
    if (weight == null) {
      return affine(rows(x, columns, op), null, bias);
    }
    Tensor w = weight.reshape(columns);
    return bias == null ? rows(x, columns, op, w) : rows(x, columns, op, w, bias.reshape(columns));
  }

  /** Normalises each group of channels of each sample of x [N, C, ...]. */
  static Tensor groups(
      String who, Tensor x, int groups, @Nullable Tensor weight, @Nullable Tensor bias, float eps) {
    Shape shape = x.shape();
    if (shape.rank() < 2 || groups < 1 || shape.dim(1) % groups != 0 || shape.size() == 0) {
      throw new IllegalArgumentException(
          who
              + ": input must be [N, C, ...], not empty, with C a multiple of "
              + groups
              + " groups, found "
              + shape);
    }
    int channels = shape.dim(1);
    check(who, "weight", weight, Shape.of(channels));
    check(who, "bias", bias, Shape.of(channels));
    int columns = Math.toIntExact(shape.size() / shape.dim(0) / groups);
    int[] channel = new int[shape.rank() - 1];
    Arrays.fill(channel, 1);
    channel[0] = channels;
    return affine(
        rows(x, columns, new NormalizeRows(true, eps)),
        weight == null ? null : weight.reshape(channel),
        bias == null ? null : bias.reshape(channel));
  }

  private static Tensor rows(Tensor x, int columns, NormalizeRows op, Tensor... affine) {
    Tensor[] inputs = new Tensor[1 + affine.length];
    inputs[0] = x.reshape(-1, columns);
    System.arraycopy(affine, 0, inputs, 1, affine.length);
    return Tensor.apply(op, inputs).reshape(x.shape().toArray());
  }

  private static Tensor affine(Tensor x, @Nullable Tensor weight, @Nullable Tensor bias) {
    Tensor y = weight == null ? x : x.mul(weight);
    return bias == null ? y : y.add(bias);
  }

  private static void check(String who, String role, @Nullable Tensor tensor, Shape expected) {
    if (tensor != null && !tensor.shape().equals(expected)) {
      throw new IllegalArgumentException(
          who + ": " + role + " must have shape " + expected + ", found " + tensor.shape());
    }
  }

  /** Each value of x [N, C, ...] by a power of the mean square of its neighbour channels. */
  static Tensor localResponse(Tensor x, int size, float alpha, float beta, float k) {
    Shape shape = x.shape();
    if (shape.rank() < 3 || shape.size() == 0 || size < 1) {
      throw new IllegalArgumentException(
          "localResponseNorm: expected an input [N, C, ...] and a positive size, found "
              + shape
              + " and "
              + size);
    }
    int channels = shape.dim(1);
    // Channels as the rows of an image; an even window reaches further back than ahead.
    Window window = new Window(size, 1, 1, 1, size / 2, 0, 1, 1, false);
    Tensor squares = x.mul(x).reshape(shape.dim(0), 1, channels, -1);
    Tensor means = squares.avgPool2d(window, true).slice(2, 0, channels);
    return x.div(means.reshape(shape.toArray()).mul(alpha).add(k).pow(beta));
  }
}
