package dev.lanewise.nn;

import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Reduction;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The sum or the mean of rows of a table, {@code weight} [num, dim], bag by bag. */
public final class EmbeddingBag extends Layer {
  private final Tensor weight;
  private final Reduction reduction;

  /**
   * Initialised as PyTorch does: standard normal values.
   *
   * @param reduction the sum or the mean of each bag
   * @throws IllegalArgumentException when a size is not positive
   */
  public EmbeddingBag(int num, int dim, Reduction reduction, Generator random) {
    if (num < 1 || dim < 1) {
      throw new IllegalArgumentException(
          "EmbeddingBag needs rows and columns, found " + num + " and " + dim + ".");
    }
    weight = parameter("weight", random.normal(Shape.of(num, dim), 0, 1));
    this.reduction = Objects.requireNonNull(reduction, "reduction");
  }

  /** Bags of one size: INT64 [N, size] to [N, dim]. */
  @Override
  public Tensor forward(Tensor index) {
    return weight.embeddingBag(index, null, reduction);
  }

  /** INT64 [n] in bags that begin at the offsets, INT64 [N], to [N, dim]. */
  public Tensor forward(Tensor index, @Nullable Tensor offsets) {
    return call(index, rows -> weight.embeddingBag(rows, offsets, reduction));
  }

  @Override
  protected String attributes() {
    return weight.shape().dim(0) + ", " + weight.shape().dim(1);
  }
}
