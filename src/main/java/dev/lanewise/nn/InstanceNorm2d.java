package dev.lanewise.nn;

/** Instance normalisation of [N, C, H, W], see {@link InstanceNorm}. */
public final class InstanceNorm2d extends InstanceNorm {
  /** With eps 1e-5 and without parameters. */
  public InstanceNorm2d(int channels) {
    this(channels, 1e-5f, false);
  }

  /**
   * Any instance normalisation.
   *
   * @param eps added to the variance
   * @param affine whether there are {@code weight} (ones) and {@code bias} (zeros)
   * @throws IllegalArgumentException when there is no channel
   */
  public InstanceNorm2d(int channels, float eps, boolean affine) {
    super(4, channels, eps, affine);
  }
}
