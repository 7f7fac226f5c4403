package dev.lanewise.nn;

import dev.lanewise.op.Conv2d;
import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Tensor;

/**
 * Convolution of sequences, [N, C, length] to [N, K, length], with {@code weight} [K, C/groups, S].
 */
public final class Conv1d extends Convolution {
  /** Stride 1 and no padding. */
  public Conv1d(int inputs, int outputs, int kernel, Generator random) {
    this(inputs, outputs, kernel, Conv2d.standard(), true, random);
  }

  /**
   * Initialised as PyTorch does.
   *
   * @param inputs channels of the input
   * @param outputs channels of the output
   * @param kernel taps S
   * @param options stride, padding, dilation, groups: see {@link Conv2d#row}
   * @throws IllegalArgumentException when a size is not positive or the groups do not divide the
   *     channels
   */
  public Conv1d(
      int inputs, int outputs, int kernel, Conv2d options, boolean withBias, Generator random) {
    super(inputs, outputs, false, new int[] {kernel}, options, withBias, random);
  }

  @Override
  public Tensor forward(Tensor x) {
    return x.conv1d(weight, bias, options);
  }
}
