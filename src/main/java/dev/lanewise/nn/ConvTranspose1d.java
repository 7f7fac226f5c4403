package dev.lanewise.nn;

import dev.lanewise.op.Conv2d;
import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Tensor;

/**
 * Transposed convolution of sequences, [N, C, length] to [N, K, length], with {@code weight} [C,
 * K/groups, S].
 */
public final class ConvTranspose1d extends TransposedConvolution {
  /** Stride 1 and no padding. */
  public ConvTranspose1d(int inputs, int outputs, int kernel, Generator random) {
    this(inputs, outputs, kernel, Conv2d.standard(), 0, true, random);
  }

  /**
   * Initialised as PyTorch does.
   *
   * @param inputs channels of the input
   * @param outputs channels of the output
   * @param kernel taps S
   * @param options stride, padding, dilation, groups: see {@link Conv2d#row}
   * @param outputPadding columns that the result has beyond the least that fit
   * @throws IllegalArgumentException when a size is not positive or the groups do not divide the
   *     channels
   */
  public ConvTranspose1d(
      int inputs,
      int outputs,
      int kernel,
      Conv2d options,
      int outputPadding,
      boolean withBias,
      Generator random) {
    super(inputs, outputs, new int[] {kernel}, options, outputPadding, withBias, random);
  }

  @Override
  public Tensor forward(Tensor x) {
    return x.convTranspose1d(weight, bias, options, outputPadding);
  }
}
