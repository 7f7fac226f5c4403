package dev.lanewise.nn;

import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Tensor;
import java.util.Objects;

/** What layers share that zero parts of their input in training. */
public abstract sealed class DropoutLayer extends Layer permits Dropout, Dropout1d, Dropout2d {
  final float p;
  final Generator random;

  DropoutLayer(float p, Generator random) {
    if (!(p >= 0 && p <= 1)) {
      throw new IllegalArgumentException(
          getClass().getSimpleName() + ": the probability must lie in 0..1, found " + p + ".");
    }
    this.p = p;
    this.random = Objects.requireNonNull(random, "random");
  }

  abstract Tensor drop(Tensor x);

  @Override
  public final Tensor forward(Tensor x) {
    return training() && p > 0 ? drop(x) : x;
  }

  @Override
  protected final String attributes() {
    return "p " + p;
  }
}
