package dev.lanewise.nn;

import dev.lanewise.op.Window;
import dev.lanewise.tensor.Tensor;
import java.util.Objects;

/**
 * Columns [N, C taps, windows] added up to images [N, C, H, W]: the transpose of {@link Unfold}.
 */
public final class Fold extends Layer {
  private final int height;
  private final int width;
  private final Window window;

  /** Images of this height and width. */
  public Fold(int height, int width, Window window) {
    this.height = height;
    this.width = width;
    this.window = Objects.requireNonNull(window, "window");
  }

  @Override
  public Tensor forward(Tensor x) {
    return x.fold(height, width, window);
  }

  @Override
  protected String attributes() {
    return height + "x" + width + ", kernel " + window.kernelW() + ", stride " + window.strideW();
  }
}
