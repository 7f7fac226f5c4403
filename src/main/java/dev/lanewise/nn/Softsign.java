package dev.lanewise.nn;

import dev.lanewise.tensor.Tensor;

/** x / (1 + |x|). */
public final class Softsign extends Layer {
  @Override
  public Tensor forward(Tensor x) {
    return x.softsign();
  }
}
