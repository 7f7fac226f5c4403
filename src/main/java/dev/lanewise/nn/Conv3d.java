package dev.lanewise.nn;

import dev.lanewise.op.Conv2d;
import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Tensor;

/**
 * Convolution of volumes, [N, C, D, H, W] to [N, K, OD, OH, OW], with {@code weight} [K, C/groups,
 * T, R, S].
 */
public final class Conv3d extends Convolution {
  /** Stride 1 and no padding. */
  public Conv3d(int inputs, int outputs, int kernel, Generator random) {
    this(inputs, outputs, kernel, Conv2d.standard(), true, random);
  }

  /**
   * Initialised as PyTorch does.
   *
   * @param inputs channels of the input
   * @param outputs channels of the output
   * @param kernel planes, rows and columns T = R = S of the kernel
   * @param options stride, padding, dilation, groups; those of the height count for the depth, too
   * @throws IllegalArgumentException when a size is not positive or the groups do not divide the
   *     channels
   */
  public Conv3d(
      int inputs, int outputs, int kernel, Conv2d options, boolean withBias, Generator random) {
    super(inputs, outputs, false, new int[] {kernel, kernel, kernel}, options, withBias, random);
  }

  @Override
  public Tensor forward(Tensor x) {
    return x.conv3d(
        weight,
        bias,
        new int[] {options.strideH(), options.strideH(), options.strideW()},
        new int[] {options.paddingH(), options.paddingH(), options.paddingW()},
        new int[] {options.dilationH(), options.dilationH(), options.dilationW()},
        options.groups());
  }
}
