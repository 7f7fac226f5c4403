package dev.lanewise.nn;

import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Layer normalisation over the last dimensions, with {@code weight} (ones) and {@code bias} (zeros)
 * of their shape.
 */
public final class LayerNorm extends Layer {
  private final int[] normalizedShape;
  private final float eps;
  private final @Nullable Tensor weight;
  private final @Nullable Tensor bias;

  /** With eps 1e-5, weight and bias. */
  public LayerNorm(int... normalizedShape) {
    this(normalizedShape, 1e-5f, true, true);
  }

  /**
   * Any layer normalisation.
   *
   * @param eps added to the variance
   * @param affine whether there are parameters
   * @param withBias whether there is a bias among them
   * @throws IllegalArgumentException when a dimension is not positive
   */
  public LayerNorm(int[] normalizedShape, float eps, boolean affine, boolean withBias) {
    this.normalizedShape = normalizedShape.clone();
    if (Shape.of(normalizedShape).size() < 1 || normalizedShape.length == 0) {
      throw new IllegalArgumentException(
          "LayerNorm needs dimensions of at least 1, found " + Shape.of(normalizedShape) + ".");
    }
    this.eps = eps;
    weight = affine ? parameter("weight", Tensor.ones(normalizedShape)) : null;
    bias = affine && withBias ? parameter("bias", Tensor.zeros(normalizedShape)) : null;
  }

  @Override
  public Tensor forward(Tensor x) {
    return x.layerNorm(normalizedShape, weight, bias, eps);
  }

  @Override
  protected String attributes() {
    return Shape.of(normalizedShape).toString();
  }
}
