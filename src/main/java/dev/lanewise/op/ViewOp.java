package dev.lanewise.op;

import dev.lanewise.tensor.Node;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;

/**
 * Another way to look at the same elements, of any type: nothing is computed, and nothing moved
 * unless the input has no strides yet.
 */
public sealed interface ViewOp extends Op permits Diagonal, Expand, Flip, Permute, Slice, Unfold {

  /** The view of this shape; {@code from} has strides. */
  Tensor view(Tensor from, Shape shape);

  @Override
  default Inputs inputs() {
    return Inputs.ANY;
  }

  @Override
  default long flops(Shape shape, Shape... inputs) {
    return 0;
  }

  @Override
  default long bytes(Shape shape, Shape... inputs) {
    return 0;
  }

  @Override
  default Tensor forward(Node node, Shape shape, Tensor... inputs) {
    Tensor from = Views.strided(inputs[0]);
    Tensor y = view(from, shape);
    inputs[0].release(from);
    return y;
  }
}
