package dev.lanewise.tensor;

import dev.lanewise.op.AvgPool2d;
import dev.lanewise.op.BatchNorm;
import dev.lanewise.op.Conv2d;
import dev.lanewise.op.MaxPool2d;
import dev.lanewise.op.Window;
import org.jspecify.annotations.Nullable;

/**
 * Operations on a {@link Tensor}, what networks are made of: convolution, pooling, normalisation.
 */
public abstract sealed class NeuralOps extends IndexOps permits LossOps {
  NeuralOps() {}

  /** Convolution of this [N, C, H, W] with weight [K, C/groups, R, S], plus bias [K] (or null). */
  public Tensor conv2d(Tensor weight, @Nullable Tensor bias, Conv2d options) {
    return bias == null
        ? Tensor.apply(options, self(), weight)
        : Tensor.apply(options, self(), weight, bias);
  }

  /** Maximum of windows of {@code kernel} by {@code kernel}, side by side. */
  public Tensor maxPool2d(int kernel) {
    return maxPool2d(Window.of(kernel));
  }

  /** Maximum of windows. */
  public Tensor maxPool2d(Window window) {
    return Tensor.apply(new MaxPool2d(window), self());
  }

  /** Mean of windows of {@code kernel} by {@code kernel}, side by side. */
  public Tensor avgPool2d(int kernel) {
    return avgPool2d(Window.of(kernel), true);
  }

  /** Mean of windows; {@code countIncludePad}: zeros of the padding count. */
  public Tensor avgPool2d(Window window, boolean countIncludePad) {
    return Tensor.apply(new AvgPool2d(window, countIncludePad, 0), self());
  }

  /**
   * Batch normalisation of this [N, C], [N, C, length] or [N, C, H, W], as {@code
   * torch.nn.functional.batch_norm}.
   *
   * @param runningMean [C], changed in training; null for none, only in training
   * @param runningVar [C], as the mean
   * @param weight [C], or null for ones
   * @param bias [C], or null for zeros
   * @param training whether the batch's own statistics count
   * @param momentum the share of the batch in the new running statistics
   * @param eps added to the variance
   */
  public Tensor batchNorm(
      @Nullable Tensor runningMean,
      @Nullable Tensor runningVar,
      @Nullable Tensor weight,
      @Nullable Tensor bias,
      boolean training,
      float momentum,
      float eps) {
    BatchNorm options = new BatchNorm(training, momentum, eps, false);
    return Normalizations.batchNorm(self(), options, runningMean, runningVar, weight, bias, null);
  }

  /**
   * Batch normalisation with what is fused into it: {@code residual} (or null) is added to the
   * result, then the ReLU of {@code options} taken. See {@link BatchNorm}.
   */
  public Tensor batchNorm(
      BatchNorm options,
      @Nullable Tensor runningMean,
      @Nullable Tensor runningVar,
      @Nullable Tensor weight,
      @Nullable Tensor bias,
      @Nullable Tensor residual) {
    return Normalizations.batchNorm(
        self(), options, runningMean, runningVar, weight, bias, residual);
  }
}
