package dev.lanewise.nn;

import dev.lanewise.op.Window;
import dev.lanewise.tensor.Tensor;

/** Mean of windows of an image; zeros of the padding count. */
public final class AvgPool2d extends Layer {
  private final Window window;

  /** Square windows side by side. */
  public AvgPool2d(int kernel) {
    this(Window.of(kernel));
  }

  /** Any window. */
  public AvgPool2d(Window window) {
    this.window = window;
  }

  @Override
  public Tensor forward(Tensor x) {
    return x.avgPool2d(window, true);
  }

  @Override
  protected String attributes() {
    return "kernel " + window.kernelH() + ", stride " + window.strideH();
  }
}
