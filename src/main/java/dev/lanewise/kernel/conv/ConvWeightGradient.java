package dev.lanewise.kernel.conv;

import dev.lanewise.kernel.vector.Operand;

/**
 * Direct convolution, backward to the weight: chooses between Winograd's tiles in a first layer,
 * and lanes over taps, over images, and over output channels.
 */
public final class ConvWeightGradient {
  private ConvWeightGradient() {}

  /**
   * dw = the gradient of the weight: sums over images, rows and columns.
   *
   * @param x [blocks][H][W][C][L]
   * @param dy [blocks][OH][OW][K][L]
   * @param dw [K][C/groups][R][S]
   */
  public static void run(Operand x, Operand dy, Operand dw, Conv2dDims d) {
    if (ConvWeightGradientByTiles.serves(d)) {
      ConvWeightGradientByTiles.run(x, dy, dw, d);
    } else if (ConvWeightGradientByTaps.serves(d)) {
      ConvWeightGradientByTaps.run(x, dy, dw, d);
    } else if (ConvWeightGradientByImages.serves(d)) {
      ConvWeightGradientByImages.run(x, dy, dw, d);
    } else {
      ConvWeightGradientByChannels.run(x, dy, dw, d);
    }
  }
}
