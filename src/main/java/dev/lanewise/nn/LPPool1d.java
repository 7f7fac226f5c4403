package dev.lanewise.nn;

import dev.lanewise.op.Window;
import dev.lanewise.tensor.Tensor;
import java.util.Objects;

/** (Σ x^p)^(1/p) over windows of a sequence [N, C, length]. */
public final class LPPool1d extends Layer {
  private final float p;
  private final Window window;

  /** Windows side by side. */
  public LPPool1d(float p, int kernel) {
    this(p, Window.row(kernel, kernel));
  }

  /** Any window of one row. */
  public LPPool1d(float p, Window window) {
    this.p = p;
    this.window = Objects.requireNonNull(window, "window");
  }

  @Override
  public Tensor forward(Tensor x) {
    return x.lpPool1d(p, window);
  }

  @Override
  protected String attributes() {
    return p + ", kernel " + window.kernelW() + ", stride " + window.strideW();
  }
}
