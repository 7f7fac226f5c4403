package dev.lanewise.nn;

import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Tensor;

/**
 * Two-dimensional convolution, [N, C, H, W] to [N, K, OH, OW], with {@code weight} [K, C/groups, R,
 * S].
 */
public final class Conv2d extends Convolution {

  /** Stride 1 and no padding. */
  public Conv2d(int inputs, int outputs, int kernel, Generator random) {
    this(inputs, outputs, kernel, 1, 0, random);
  }

  /** With a stride, and a padding of zeros on all sides. */
  public Conv2d(int inputs, int outputs, int kernel, int stride, int padding, Generator random) {
    this(
        inputs,
        outputs,
        kernel,
        dev.lanewise.op.Conv2d.standard().stride(stride).padding(padding),
        true,
        random);
  }

  /**
   * Initialised as PyTorch does: all values uniform within ±1/√(C/groups · kernel²).
   *
   * @param inputs channels C of the input
   * @param outputs channels K of the output
   * @param kernel rows and columns R = S of the kernel
   * @param options stride, padding, dilation, groups
   * @throws IllegalArgumentException when a size is not positive or the groups do not divide the
   *     channels
   */
  public Conv2d(
      int inputs,
      int outputs,
      int kernel,
      dev.lanewise.op.Conv2d options,
      boolean withBias,
      Generator random) {
    super(inputs, outputs, false, new int[] {kernel, kernel}, options, withBias, random);
  }

  @Override
  public Tensor forward(Tensor x) {
    return x.conv2d(weight, bias, options);
  }
}
