package dev.lanewise.nn;

import dev.lanewise.op.Rectifier;
import org.jspecify.annotations.Nullable;

/** Batch normalisation of [N, C, H, W], see {@link BatchNorm}. */
public final class BatchNorm2d extends BatchNorm {
  /** With eps 1e-5, momentum 0.1, parameters and running statistics. */
  public BatchNorm2d(int channels) {
    super(channels);
  }

  /**
   * Any batch normalisation.
   *
   * @param eps added to the variance
   * @param momentum the share of a batch in the running statistics; null: all batches count alike
   * @param affine whether there are a weight and a bias
   * @param runningStatistics whether there are running statistics
   */
  public BatchNorm2d(
      int channels,
      float eps,
      @Nullable Float momentum,
      boolean affine,
      boolean runningStatistics) {
    super(channels, eps, momentum, affine, runningStatistics);
  }

  /** Takes the maximum of the result and 0, too. Returns this. */
  public BatchNorm2d withReLU() {
    endWith(Rectifier.RELU);
    return this;
  }

  /** Cuts the result off at 0 and at 6, too. Returns this. */
  public BatchNorm2d withReLU6() {
    endWith(Rectifier.RELU6);
    return this;
  }

  @Override
  boolean takes(int rank) {
    return rank == 4;
  }
}
