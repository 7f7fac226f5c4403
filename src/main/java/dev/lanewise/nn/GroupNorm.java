package dev.lanewise.nn;

import dev.lanewise.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Normalisation of each group of channels of each sample of [N, C, ...] (Wu and He, 2018), with
 * {@code weight} (ones) and {@code bias} (zeros) for each channel.
 */
public final class GroupNorm extends Layer {
  private final int groups;
  private final int channels;
  private final float eps;
  private final @Nullable Tensor weight;
  private final @Nullable Tensor bias;

  /** With eps 1e-5 and parameters. */
  public GroupNorm(int groups, int channels) {
    this(groups, channels, 1e-5f, true);
  }

  /**
   * Any group normalisation.
   *
   * @param eps added to the variance
   * @param affine whether there are parameters
   * @throws IllegalArgumentException when the groups do not divide the channels
   */
  public GroupNorm(int groups, int channels, float eps, boolean affine) {
    if (groups < 1 || channels < 1 || channels % groups != 0) {
      throw new IllegalArgumentException(
          "GroupNorm: " + groups + " groups do not divide " + channels + " channels.");
    }
    this.groups = groups;
    this.channels = channels;
    this.eps = eps;
    weight = affine ? parameter("weight", Tensor.ones(channels)) : null;
    bias = affine ? parameter("bias", Tensor.zeros(channels)) : null;
  }

  @Override
  public Tensor forward(Tensor x) {
    return x.groupNorm(groups, weight, bias, eps);
  }

  @Override
  protected String attributes() {
    return groups + " groups, " + channels;
  }
}
