package dev.lanewise.nn;

import dev.lanewise.tensor.Tensor;

/** Maximum of as many windows as wanted, which cover an image. */
public final class AdaptiveMaxPool2d extends Layer {
  private final int outputH;
  private final int outputW;

  /** As many rows as columns; 1: the maximum of the whole image. */
  public AdaptiveMaxPool2d(int output) {
    this(output, output);
  }

  /** Rows and columns of the output. */
  public AdaptiveMaxPool2d(int outputH, int outputW) {
    this.outputH = outputH;
    this.outputW = outputW;
  }

  @Override
  public Tensor forward(Tensor x) {
    return x.adaptiveMaxPool2d(outputH, outputW);
  }

  @Override
  protected String attributes() {
    return "output " + outputH + "x" + outputW;
  }
}
