package dev.lanewise.nn;

import dev.lanewise.op.Window;
import dev.lanewise.tensor.Tensor;
import java.util.Objects;

/** The windows of images [N, C, H, W] as columns [N, C taps, windows]. */
public final class Unfold extends Layer {
  private final Window window;

  /** Any window. */
  public Unfold(Window window) {
    this.window = Objects.requireNonNull(window, "window");
  }

  @Override
  public Tensor forward(Tensor x) {
    return x.unfold(window);
  }

  @Override
  protected String attributes() {
    return "kernel " + window.kernelW() + ", stride " + window.strideW();
  }
}
