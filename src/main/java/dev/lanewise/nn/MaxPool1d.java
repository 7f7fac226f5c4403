package dev.lanewise.nn;

import dev.lanewise.op.Window;
import dev.lanewise.tensor.Tensor;
import java.util.Objects;

/** Maximum of windows of a sequence [N, C, length]. */
public final class MaxPool1d extends Layer {
  private final Window window;

  /** Windows side by side. */
  public MaxPool1d(int kernel) {
    this(Window.row(kernel, kernel));
  }

  /** Any window of one row. */
  public MaxPool1d(Window window) {
    this.window = Objects.requireNonNull(window, "window");
  }

  @Override
  public Tensor forward(Tensor x) {
    return x.maxPool1d(window);
  }

  @Override
  protected String attributes() {
    return "kernel " + window.kernelW() + ", stride " + window.strideW();
  }
}
