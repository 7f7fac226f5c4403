package dev.lanewise.nn;

import dev.lanewise.op.Window;
import dev.lanewise.tensor.Tensor;
import java.util.Objects;

/** Mean of windows of a sequence [N, C, length]. */
public final class AvgPool1d extends Layer {
  private final Window window;
  private final boolean countIncludePad;

  /** Windows side by side. */
  public AvgPool1d(int kernel) {
    this(Window.row(kernel, kernel), true);
  }

  /** Any window of one row; {@code countIncludePad}: zeros of the padding count. */
  public AvgPool1d(Window window, boolean countIncludePad) {
    this.window = Objects.requireNonNull(window, "window");
    this.countIncludePad = countIncludePad;
  }

  @Override
  public Tensor forward(Tensor x) {
    return x.avgPool1d(window, countIncludePad);
  }

  @Override
  protected String attributes() {
    return "kernel " + window.kernelW() + ", stride " + window.strideW();
  }
}
