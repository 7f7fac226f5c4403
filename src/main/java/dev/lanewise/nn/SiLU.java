package dev.lanewise.nn;

import dev.lanewise.tensor.Tensor;

/** x sigmoid(x), also called swish. */
public final class SiLU extends Layer {
  @Override
  public Tensor forward(Tensor x) {
    return x.silu();
  }
}
