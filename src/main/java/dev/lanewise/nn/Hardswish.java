package dev.lanewise.nn;

import dev.lanewise.tensor.Tensor;

/** x times the hard sigmoid (Howard et al., 2019). */
public final class Hardswish extends Layer {
  @Override
  public Tensor forward(Tensor x) {
    return x.hardswish();
  }
}
