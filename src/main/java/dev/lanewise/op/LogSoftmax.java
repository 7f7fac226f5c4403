package dev.lanewise.op;

import dev.lanewise.kernel.SoftmaxKernel;
import dev.lanewise.tensor.DType;
import dev.lanewise.tensor.Layout;
import dev.lanewise.tensor.Node;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * y_j = x_j - ln Σ_i e^x_i over each row of a matrix, shifted by the row maximum. dx = dy - e^y Σ
 * dy.
 */
public record LogSoftmax() implements Op {
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
    Elementwises.requireFloat(name(), inputs[0]);
    Tensor x = inputs[0].contiguous();
    Tensor y = Tensor.make(shape, DType.FLOAT32, Layout.PLAIN, name());
    SoftmaxKernel.logSoftmax(x, y, shape.dim(0), shape.dim(1));
    inputs[0].release(x);
    node.save(y);
    return y;
  }

  @Override
  public @Nullable Tensor[] backward(Node node, Tensor dy) {
    Tensor y = node.saved(0);
    if (node.createGraph()) {
      return new Tensor[] {dy.sub(y.exp().mul(dy.sumKeep(1)))};
    }
    Tensor dx = Tensor.make(y.shape(), DType.FLOAT32, Layout.PLAIN, name());
    SoftmaxKernel.logSoftmaxGradient(y, dy.contiguous(), dx, y.shape().dim(0), y.shape().dim(1));
    return new Tensor[] {dx};
  }
}
