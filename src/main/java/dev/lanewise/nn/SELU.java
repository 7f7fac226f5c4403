package dev.lanewise.nn;

import dev.lanewise.tensor.Tensor;

/** The self-normalising ELU (Klambauer et al., 2017). */
public final class SELU extends Layer {
  @Override
  public Tensor forward(Tensor x) {
    return x.selu();
  }
}
