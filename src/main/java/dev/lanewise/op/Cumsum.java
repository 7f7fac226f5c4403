package dev.lanewise.op;

import dev.lanewise.kernel.reduce.Scan;
import dev.lanewise.tensor.DType;
import dev.lanewise.tensor.Layout;
import dev.lanewise.tensor.Node;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * y_r = Σ x_s over s ≤ r along dimension {@code axis}, or over s ≥ r where {@code reverse}; dx is
 * the sum of dy the other way round.
 */
public record Cumsum(int axis, boolean reverse) implements Op {
  @Override
  public Shape shape(Shape... inputs) {
    Views.requireAxis(name(), axis, inputs[0]);
    return inputs[0];
  }

  @Override
  public Tensor forward(Node node, Shape shape, Tensor... inputs) {
    Tensor x = inputs[0].contiguous();
    Tensor y = Tensor.make(shape, DType.FLOAT32, Layout.PLAIN, name());
    long outer = 1;
    long inner = 1;
    for (int i = 0; i < shape.rank(); i++) {
      outer *= i < axis ? shape.dim(i) : 1;
      inner *= i > axis ? shape.dim(i) : 1;
    }
    Scan.sum(x, y, outer, shape.dim(axis), inner, reverse);
    inputs[0].release(x);
    return y;
  }

  @Override
  public @Nullable Tensor[] backward(Node node, Tensor dy) {
    return new Tensor[] {Tensor.apply(new Cumsum(axis, !reverse), dy)};
  }
}
