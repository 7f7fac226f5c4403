package dev.lanewise.op;

import dev.lanewise.kernel.reduce.Indexing;
import dev.lanewise.tensor.DType;
import dev.lanewise.tensor.Layout;
import dev.lanewise.tensor.Node;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The lower ({@code j - i <= diagonal}) or upper ({@code j - i >= diagonal}) triangle of the last
 * two dimensions, 0 elsewhere; dx is the same triangle of dy.
 */
public record Triangle(boolean upper, int diagonal) implements Op {
  @Override
  public String name() {
    return upper ? "triu" : "tril";
  }

  @Override
  public Shape shape(Shape... inputs) {
    if (inputs[0].rank() < 2) {
      throw new IllegalArgumentException(
          name() + ": a matrix or a batch of them is expected, found shape " + inputs[0]);
    }
    return inputs[0];
  }

  @Override
  public Tensor forward(Node node, Shape shape, Tensor... inputs) {
    Tensor x = inputs[0].contiguous();
    Tensor y = Tensor.make(shape, DType.FLOAT32, Layout.PLAIN, name());
    int rows = shape.dim(-2);
    int columns = shape.dim(-1);
    if (shape.size() > 0) {
      Indexing.triangle(x, y, shape.size() / rows / columns, rows, columns, upper, diagonal);
    }
    inputs[0].release(x);
    return y;
  }

  @Override
  public @Nullable Tensor[] backward(Node node, Tensor dy) {
    return new Tensor[] {Tensor.apply(this, dy)};
  }
}
