package dev.lanewise.nn;

import dev.lanewise.tensor.Tensor;

/** At least 0 and at most 6. */
public final class ReLU6 extends Layer {
  @Override
  public Tensor forward(Tensor x) {
    return x.relu6();
  }
}
