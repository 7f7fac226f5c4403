package dev.lanewise.nn;

import dev.lanewise.op.Window;
import dev.lanewise.tensor.Tensor;
import java.util.Objects;

/** Maximum of windows of an image. */
public final class MaxPool2d extends Layer {
  private final Window window;

  /** Square windows side by side. */
  public MaxPool2d(int kernel) {
    this(Window.of(kernel));
  }

  /** Any window. */
  public MaxPool2d(Window window) {
    this.window = Objects.requireNonNull(window, "window");
  }

  @Override
  public Tensor forward(Tensor x) {
    return x.maxPool2d(window);
  }

  @Override
  protected String attributes() {
    return "kernel " + window.kernelH() + ", stride " + window.strideH();
  }
}
