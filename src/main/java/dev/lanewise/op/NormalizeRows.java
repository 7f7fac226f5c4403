package dev.lanewise.op;

import dev.lanewise.kernel.norm.RowNormKernel;
import dev.lanewise.tensor.DType;
import dev.lanewise.tensor.Layout;
import dev.lanewise.tensor.Node;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Each row x of a matrix becomes y = (x - μ) / √(mean((x - μ)²) + ε), where μ is the mean of the
 * row if {@code centred} (Ba, Kiros and Hinton, <i>Layer Normalization</i>, 2016), else 0 (Zhang
 * and Sennrich, <i>Root Mean Square Layer Normalization</i>, 2019). dx = (dy - mean(dy) - y mean(dy
 * y)) / √(...), the first mean only if centred.
 */
public record NormalizeRows(boolean centred, float eps) implements Op {
  /** Checks the attributes. */
  public NormalizeRows {
    if (!(eps >= 0)) {
      throw new IllegalArgumentException("normalizeRows: eps must not be negative, found " + eps);
    }
  }

  @Override
  public Shape shape(Shape... inputs) {
    if (inputs[0].rank() != 2 || inputs[0].dim(1) == 0) {
      throw new IllegalArgumentException(
          name() + ": expected rows of at least one element, found shape " + inputs[0]);
    }
    return inputs[0];
  }

  @Override
  public Tensor forward(Node node, Shape shape, Tensor... inputs) {
    Tensor x = inputs[0].contiguous();
    Tensor y = Tensor.make(shape, DType.FLOAT32, Layout.PLAIN, name());
    Tensor inverse = Tensor.make(Shape.of(shape.dim(0)), DType.FLOAT32, Layout.PLAIN, name());
    RowNormKernel.forward(x, y, inverse, shape.dim(0), shape.dim(1), centred, eps);
    inputs[0].release(x);
    node.saveOwned(1, inputs[0], y, inverse);
    return y;
  }

  @Override
  public @Nullable Tensor[] backward(Node node, Tensor dy) {
    if (!node.createGraph()) {
      Tensor y = node.saved(1);
      Tensor dx = Tensor.make(dy.shape(), DType.FLOAT32, Layout.PLAIN, name());
      RowNormKernel.gradient(
          dy.contiguous(), y, node.saved(2), dx, dy.shape().dim(0), dy.shape().dim(1), centred);
      return new Tensor[] {dx};
    }
    Tensor x = node.saved(0);
    Tensor difference = centred ? x.sub(x.meanKeep(1)) : x;
    Tensor inverse = difference.mul(difference).meanKeep(1).add(eps).pow(-0.5f);
    Tensor y = difference.mul(inverse);
    Tensor rest = dy.sub(y.mul(dy.mul(y).meanKeep(1)));
    return new Tensor[] {(centred ? rest.sub(dy.meanKeep(1)) : rest).mul(inverse)};
  }
}
