package dev.lanewise.nn;

import dev.lanewise.tensor.Tensor;

/** Mean of as many windows as wanted, which cover an image. */
public final class AdaptiveAvgPool2d extends Layer {
  private final int outputH;
  private final int outputW;

  /** As many rows as columns; 1: the mean of the whole image. */
  public AdaptiveAvgPool2d(int output) {
    this(output, output);
  }

  /** Rows and columns of the output. */
  public AdaptiveAvgPool2d(int outputH, int outputW) {
    this.outputH = outputH;
    this.outputW = outputW;
  }

  @Override
  public Tensor forward(Tensor x) {
    return x.adaptiveAvgPool2d(outputH, outputW);
  }

  @Override
  protected String attributes() {
    return "output " + outputH + "x" + outputW;
  }
}
