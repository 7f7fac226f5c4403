package dev.lanewise.op;

import dev.lanewise.tensor.DType;
import dev.lanewise.tensor.Layout;
import dev.lanewise.tensor.Node;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Each row of a matrix becomes a row of the same length, and the output is all that backward needs.
 * An operation names its two kernels and gives its derivative in differentiable operations.
 */
public sealed interface RowOp extends Op permits Softmax, LogSoftmax {

  /** Computes y from contiguous x. */
  void rows(Tensor x, Tensor y, int rows, int columns);

  /** Computes dx from y and contiguous dy. */
  void rowsGradient(Tensor y, Tensor dy, Tensor dx, int rows, int columns);

  /** dx in differentiable operations. */
  Tensor gradient(Tensor y, Tensor dy);

  @Override
  default Shape shape(Shape... inputs) {
    if (inputs[0].rank() != 2 || inputs[0].dim(1) == 0) {
      throw new IllegalArgumentException(
          name() + ": expected rows of at least one element, found shape " + inputs[0]);
    }
    return inputs[0];
  }

  @Override
  default Tensor forward(Node node, Shape shape, Tensor... inputs) {
    Tensor x = inputs[0].contiguous();
    Tensor y = Tensor.make(shape, DType.FLOAT32, Layout.PLAIN, name());
    rows(x, y, shape.dim(0), shape.dim(1));
    inputs[0].release(x);
    node.save(y);
    return y;
  }

  @Override
  default @Nullable Tensor[] backward(Node node, Tensor dy) {
    Tensor y = node.saved(0);
    if (node.createGraph()) {
      return new Tensor[] {gradient(y, dy)};
    }
    Tensor dx = Tensor.make(y.shape(), DType.FLOAT32, Layout.PLAIN, name());
    rowsGradient(y, dy.contiguous(), dx, y.shape().dim(0), y.shape().dim(1));
    return new Tensor[] {dx};
  }
}
