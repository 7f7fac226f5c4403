package dev.lanewise.nn;

import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;

/** Rows of a table by index: INT64 [..] to [.., dim], with {@code weight} [num, dim]. */
public final class Embedding extends Layer {
  private final Tensor weight;
  private final int paddingIndex;

  /** Without padding. */
  public Embedding(int num, int dim, Generator random) {
    this(num, dim, -1, random);
  }

  /**
   * Initialised as PyTorch does: standard normal values, and zeros in the row of the padding.
   *
   * @param paddingIndex a row that stays zero, for it gets no gradient; -1 for none
   * @throws IllegalArgumentException when a size is not positive or there is no such row
   */
  public Embedding(int num, int dim, int paddingIndex, Generator random) {
    if (num < 1 || dim < 1 || paddingIndex < -1 || paddingIndex >= num) {
      throw new IllegalArgumentException(
          "Embedding needs rows, columns and a padding among its rows, found "
              + num
              + ", "
              + dim
              + " and "
              + paddingIndex
              + ".");
    }
    float[] values = random.normalValues((long) num * dim, 0, 1);
    for (int i = 0; i < dim && paddingIndex >= 0; i++) {
      values[paddingIndex * dim + i] = 0;
    }
    weight = parameter("weight", Tensor.of(values, num, dim));
    this.paddingIndex = paddingIndex;
  }

  /** The table, [num, dim]. */
  public Tensor weight() {
    return weight;
  }

  @Override
  public Tensor forward(Tensor index) {
    return weight.embedding(index, paddingIndex);
  }

  @Override
  protected String attributes() {
    Shape shape = weight.shape();
    return shape.dim(0) + ", " + shape.dim(1);
  }
}
