package dev.lanewise.nn;

/** Instance normalisation of [N, C, length], see {@link InstanceNorm}. */
public final class InstanceNorm1d extends InstanceNorm {
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
    super(3, channels, eps, affine);
  }
}
