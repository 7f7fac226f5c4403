package dev.lanewise.nn;

import dev.lanewise.tensor.Tensor;

/** ln sigmoid(x). */
public final class LogSigmoid extends Layer {
  @Override
  public Tensor forward(Tensor x) {
    return x.logSigmoid();
  }
}
