package dev.lanewise.nn;

import dev.lanewise.tensor.Tensor;

/** max(x, 0). */
public final class ReLU extends Layer {
  @Override
  public Tensor forward(Tensor x) {
    return x.relu();
  }
}
