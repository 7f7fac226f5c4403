package dev.lanewise.nn;

import dev.lanewise.tensor.Tensor;

/** Hyperbolic tangent. */
public final class Tanh extends Layer {
  @Override
  public Tensor forward(Tensor x) {
    return x.tanh();
  }
}
