package dev.lanewise.nn;

import dev.lanewise.op.Conv2d;
import dev.lanewise.tensor.Generator;

/** What transposed convolutions share beside what {@link Convolution} has. */
public abstract sealed class TransposedConvolution extends Convolution
    permits ConvTranspose1d, ConvTranspose2d {
  final int outputPadding;

  /**
   * See {@link Convolution}.
   *
   * @param outputPadding rows and columns that the result has beyond the least that fit
   */
  TransposedConvolution(
      int inputs,
      int outputs,
      int[] kernel,
      Conv2d options,
      int outputPadding,
      boolean withBias,
      Generator random) {
    super(inputs, outputs, true, kernel, options, withBias, random);
    this.outputPadding = outputPadding;
  }
}
