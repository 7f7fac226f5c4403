package dev.lanewise.nn;

import dev.lanewise.op.Conv2d;
import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Tensor;

/**
 * Transposed convolution, [N, C, H, W] to [N, K, OH, OW], with {@code weight} [C, K/groups, R, S].
 */
public final class ConvTranspose2d extends TransposedConvolution {
  /** Stride 1 and no padding. */
  public ConvTranspose2d(int inputs, int outputs, int kernel, Generator random) {
    this(inputs, outputs, kernel, Conv2d.standard(), 0, true, random);
  }

  /**
   * Initialised as PyTorch does.
   *
   * @param inputs channels of the input
   * @param outputs channels of the output
   * @param kernel rows and columns R = S of the kernel
   * @param options stride, padding, dilation, groups
   * @param outputPadding rows and columns that the result has beyond the least that fit
   * @throws IllegalArgumentException when a size is not positive or the groups do not divide the
   *     channels
   */
  public ConvTranspose2d(
      int inputs,
      int outputs,
      int kernel,
      Conv2d options,
      int outputPadding,
      boolean withBias,
      Generator random) {
    super(inputs, outputs, new int[] {kernel, kernel}, options, outputPadding, withBias, random);
  }

  @Override
  public Tensor forward(Tensor x) {
    return x.convTranspose2d(weight, bias, options, outputPadding, outputPadding);
  }
}
