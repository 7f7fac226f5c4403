package dev.lanewise.nn;

import dev.lanewise.tensor.Tensor;

/** x - tanh(x). */
public final class Tanhshrink extends Layer {
  @Override
  public Tensor forward(Tensor x) {
    return x.tanhshrink();
  }
}
