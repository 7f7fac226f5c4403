package dev.lanewise.nn;

import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Root-mean-square normalisation over the last dimensions, with {@code weight} (ones). */
public final class RMSNorm extends Layer {
  private final int[] normalizedShape;
  private final float eps;
  private final @Nullable Tensor weight;

  /** With a weight, and as eps the distance from 1 to the next float, as in PyTorch. */
  public RMSNorm(int... normalizedShape) {
    this(normalizedShape, Math.ulp(1f), true);
  }

  /**
   * Any root-mean-square normalisation.
   *
   * @param eps added to the mean square
   * @param affine whether there is a weight
   * @throws IllegalArgumentException when a dimension is not positive
   */
  public RMSNorm(int[] normalizedShape, float eps, boolean affine) {
    this.normalizedShape = normalizedShape.clone();
    if (Shape.of(normalizedShape).size() < 1 || normalizedShape.length == 0) {
      throw new IllegalArgumentException(
          "RMSNorm needs dimensions of at least 1, found " + Shape.of(normalizedShape) + ".");
    }
    this.eps = eps;
    weight = affine ? parameter("weight", Tensor.ones(normalizedShape)) : null;
  }

  @Override
  public Tensor forward(Tensor x) {
    return x.rmsNorm(normalizedShape, weight, eps);
  }

  @Override
  protected String attributes() {
    return Shape.of(normalizedShape).toString();
  }
}
