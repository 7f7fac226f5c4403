package dev.lanewise.nn;

import dev.lanewise.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** What normalisations of channels share: {@code weight} (ones), {@code bias} (zeros), checks. */
public abstract sealed class ChannelNorm extends Layer permits BatchNorm, InstanceNorm {
  final float eps;
  final @Nullable Tensor weight;
  final @Nullable Tensor bias;
  private final int channels;

  /** With weight and bias, or without. */
  ChannelNorm(int channels, float eps, boolean affine) {
    if (channels < 1) {
      throw new IllegalArgumentException(
          getClass().getSimpleName() + " needs at least one channel, found " + channels + ".");
    }
    this.channels = channels;
    this.eps = eps;
    weight = affine ? parameter("weight", Tensor.ones(channels)) : null;
    bias = affine ? parameter("bias", Tensor.zeros(channels)) : null;
  }

  /** The dimensions that the input may have. */
  abstract boolean takes(int rank);

  /** Refuses inputs with other dimensions or another number of channels. */
  final void check(Tensor x) {
    if (!takes(x.shape().rank()) || x.shape().dim(1) != channels) {
      throw new IllegalArgumentException(
          getClass().getSimpleName()
              + " of "
              + channels
              + " channels does not take an input of shape "
              + x.shape());
    }
  }

  @Override
  protected String attributes() {
    return Integer.toString(channels);
  }
}
