package dev.lanewise.nn;

import dev.lanewise.op.Window;
import dev.lanewise.tensor.Tensor;
import java.util.Objects;

/** Mean of windows of an image. */
public final class AvgPool2d extends Layer {
  private final Window window;
  private final boolean countIncludePad;

  /** Square windows side by side. */
  public AvgPool2d(int kernel) {
    this(Window.of(kernel));
  }

  /** Any window; zeros of the padding count. */
  public AvgPool2d(Window window) {
    this(window, true);
  }

  /** Any window; {@code countIncludePad}: zeros of the padding count. */
  public AvgPool2d(Window window, boolean countIncludePad) {
    this.window = Objects.requireNonNull(window, "window");
    this.countIncludePad = countIncludePad;
  }

  @Override
  public Tensor forward(Tensor x) {
    return x.avgPool2d(window, countIncludePad);
  }

  @Override
  protected String attributes() {
    return "kernel " + window.kernelH() + ", stride " + window.strideH();
  }
}
