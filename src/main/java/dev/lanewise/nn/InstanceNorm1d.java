package dev.lanewise.nn;

import dev.lanewise.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Normalisation of each channel of each sample of [N, C, length] (Ulyanov et al., 2016). */
public final class InstanceNorm1d extends Layer {
  private final int channels;
  private final float eps;
  private final @Nullable Tensor weight;
  private final @Nullable Tensor bias;

  /** With eps 1e-5 and without parameters. */
  public InstanceNorm1d(int channels) {
    this(channels, 1e-5f, false);
  }

  /**
   * Any instance normalisation.
   *
   * @param eps added to the variance
   * @param affine whether there are {@code weight} (ones) and {@code bias} (zeros)
   * @throws IllegalArgumentException when there is no channel
   */
  public InstanceNorm1d(int channels, float eps, boolean affine) {
    if (channels < 1) {
      throw new IllegalArgumentException(
          "InstanceNorm1d needs at least one channel, found " + channels + ".");
    }
    this.channels = channels;
    this.eps = eps;
    weight = affine ? parameter("weight", Tensor.ones(channels)) : null;
    bias = affine ? parameter("bias", Tensor.zeros(channels)) : null;
  }

  @Override
  public Tensor forward(Tensor x) {
    if (x.shape().rank() != 3 || x.shape().dim(1) != channels) {
      throw new IllegalArgumentException(
          "InstanceNorm1d of "
              + channels
              + " channels does not take an input of shape "
              + x.shape());
    }
    return x.instanceNorm(weight, bias, eps);
  }

  @Override
  protected String attributes() {
    return Integer.toString(channels);
  }
}
