package dev.lanewise.tensor;

import dev.lanewise.op.AvgPool2d;
import dev.lanewise.op.Conv2d;
import dev.lanewise.op.MaxPool2d;
import dev.lanewise.op.Window;
import org.jspecify.annotations.Nullable;

/**
 * Operations on a {@link Tensor}, what networks are made of: convolution, pooling, normalisation.
 */
public abstract sealed class NeuralOps extends IndexOps permits LossOps {
  NeuralOps() {}

  /** Convolution of this [N, C, H, W] with weight [K, C/groups, R, S], plus bias [K] (or null). */
  public Tensor conv2d(Tensor weight, @Nullable Tensor bias, Conv2d options) {
    return bias == null
        ? Tensor.apply(options, self(), weight)
        : Tensor.apply(options, self(), weight, bias);
  }

  /** Maximum of windows of {@code kernel} by {@code kernel}, side by side. */
  public Tensor maxPool2d(int kernel) {
    return maxPool2d(Window.of(kernel));
  }

  /** Maximum of windows. */
  public Tensor maxPool2d(Window window) {
    return Tensor.apply(new MaxPool2d(window), self());
  }

  /** Mean of windows of {@code kernel} by {@code kernel}, side by side. */
  public Tensor avgPool2d(int kernel) {
    return avgPool2d(Window.of(kernel), true);
  }

  /** Mean of windows; {@code countIncludePad}: zeros of the padding count. */
  public Tensor avgPool2d(Window window, boolean countIncludePad) {
    return Tensor.apply(new AvgPool2d(window, countIncludePad, 0), self());
  }
}
