package dev.lanewise.tensor;

import dev.lanewise.op.BatchNorm;
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
}
