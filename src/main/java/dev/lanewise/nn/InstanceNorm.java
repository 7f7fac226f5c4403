package dev.lanewise.nn;

import dev.lanewise.tensor.Tensor;

/**
 * Normalisation of each channel of each sample (Ulyanov et al., <i>Instance Normalization: The
 * Missing Ingredient for Fast Stylization</i>, 2016).
 */
public abstract sealed class InstanceNorm extends ChannelNorm
    permits InstanceNorm1d, InstanceNorm2d {
  private final int rank;

  InstanceNorm(int rank, int channels, float eps, boolean affine) {
    super(channels, eps, affine);
    this.rank = rank;
  }

  @Override
  final boolean takes(int found) {
    return found == rank;
  }

  @Override
  public final Tensor forward(Tensor x) {
    check(x);
    return x.instanceNorm(weight, bias, eps);
  }
}
