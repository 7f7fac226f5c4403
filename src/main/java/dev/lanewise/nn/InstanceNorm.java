package dev.lanewise.nn;

import dev.lanewise.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Normalisation of each channel of each sample (Ulyanov et al., <i>Instance Normalization: The
 * Missing Ingredient for Fast Stylization</i>, 2016).
 */
public abstract sealed class InstanceNorm extends Layer permits InstanceNorm1d, InstanceNorm2d {
  private final int rank;
  private final int channels;
  private final float eps;
  private final @Nullable Tensor weight;
  private final @Nullable Tensor bias;

  InstanceNorm(int rank, int channels, float eps, boolean affine) {
    if (channels < 1) {
      throw new IllegalArgumentException(
          getClass().getSimpleName() + " needs at least one channel, found " + channels + ".");
    }
    this.rank = rank;
    this.channels = channels;
    this.eps = eps;
    weight = affine ? parameter("weight", Tensor.ones(channels)) : null;
    bias = affine ? parameter("bias", Tensor.zeros(channels)) : null;
  }

  @Override
  public final Tensor forward(Tensor x) {
    if (x.shape().rank() != rank || x.shape().dim(1) != channels) {
      throw new IllegalArgumentException(
          getClass().getSimpleName()
              + " of "
              + channels
              + " channels does not take an input of shape "
              + x.shape());
    }
    return x.instanceNorm(weight, bias, eps);
  }

  @Override
  protected final String attributes() {
    return Integer.toString(channels);
  }
}
