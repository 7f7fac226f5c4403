package dev.lanewise.nn;

import dev.lanewise.tensor.Tensor;

/** All dimensions but the first become one: [N, C, H, W] to [N, C·H·W]. */
public final class Flatten extends Layer {
  @Override
  public Tensor forward(Tensor x) {
    return x.flatten();
  }
}
