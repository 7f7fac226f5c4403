package dev.lanewise.nn;

import dev.lanewise.tensor.Tensor;

/** x tanh(softplus(x)) (Misra, 2019). */
public final class Mish extends Layer {
  @Override
  public Tensor forward(Tensor x) {
    return x.mish();
  }
}
