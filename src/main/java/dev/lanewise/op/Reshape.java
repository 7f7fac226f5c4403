package dev.lanewise.op;

import dev.lanewise.tensor.Node;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The same elements in row-major order under other dimensions: a view where they are contiguous.
 */
public record Reshape(Shape target) implements Op {
  @Override
  public Shape shape(Shape... inputs) {
    if (inputs[0].size() != target.size()) {
      throw new IllegalArgumentException(
          name()
              + ": shape "
              + inputs[0]
              + " of "
              + inputs[0].size()
              + " elements does not fit "
              + target
              + " of "
              + target.size());
    }
    return target;
  }

  @Override
  public long flops(Shape shape, Shape... inputs) {
    return 0;
  }

  @Override
  public long bytes(Shape shape, Shape... inputs) {
    return 0;
  }

  @Override
  public Tensor forward(Node node, Shape shape, Tensor... inputs) {
    Tensor x = inputs[0];
    Tensor from = x.contiguous();
    Tensor y = from.view(shape, null, from.offset());
    x.release(from);
    return y;
  }

  @Override
  public @Nullable Tensor[] backward(Node node, Tensor dy) {
    return new Tensor[] {dy.reshape(node.inputShape(0).toArray())};
  }
}
