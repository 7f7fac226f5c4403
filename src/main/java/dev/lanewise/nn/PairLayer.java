package dev.lanewise.nn;

import dev.lanewise.tensor.Tensor;

/** A layer of two inputs, which has no place in a {@link Sequential}. */
public abstract class PairLayer extends Layer {
  /** For subclasses. */
  protected PairLayer() {}

  /**
   * What it computes of both.
   *
   * @throws IllegalArgumentException when the shapes do not fit each other
   */
  public abstract Tensor forward(Tensor a, Tensor b);

  /** As {@link #forward(Tensor, Tensor)}, and tells the hooks. */
  public final Tensor call(Tensor a, Tensor b) {
    return call(a, first -> forward(first, b));
  }

  /**
   * Has no meaning.
   *
   * @throws UnsupportedOperationException always
   */
  @Override
  public final Tensor forward(Tensor x) {
    throw new UnsupportedOperationException(
        getClass().getSimpleName() + ": call forward with two inputs.");
  }
}
