package dev.lanewise.op;

import dev.lanewise.kernel.reduce.Gathering;
import dev.lanewise.kernel.reduce.Reduction;
import dev.lanewise.tensor.DType;
import dev.lanewise.tensor.Layout;
import dev.lanewise.tensor.Node;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The largest element of each row of a matrix, or the least where {@code least}; the whole gradient
 * goes to the first of equals. NaN comes before everything. Reductions over other dimensions bring
 * them to the end first.
 */
public record Max(boolean least) implements Op {
  @Override
  public String name() {
    return least ? "min" : "max";
  }

  @Override
  public Shape shape(Shape... inputs) {
    if (inputs[0].rank() != 2 || inputs[0].dim(1) == 0) {
      throw new IllegalArgumentException(
          name() + ": nothing to take the " + name() + "imum of in shape " + inputs[0]);
    }
    return inputs[0].without(1);
  }

  @Override
  public long flops(Shape shape, Shape... inputs) {
    return inputs[0].size();
  }

  @Override
  public Tensor forward(Node node, Shape shape, Tensor... inputs) {
    Tensor x = inputs[0];
    Tensor from = x.contiguous();
    Tensor y = Tensor.make(shape, DType.FLOAT32, Layout.PLAIN, name());
    Tensor index = Tensor.make(shape, DType.INT64, Layout.PLAIN, name());
    if (least) {
      Reduction.min(from, y, index, x.shape().dim(0), x.shape().dim(1), 1);
    } else {
      Reduction.max(from, y, index, x.shape().dim(0), x.shape().dim(1), 1);
    }
    x.release(from);
    node.saveOwned(1, index);
    return y;
  }

  @Override
  public @Nullable Tensor[] backward(Node node, Tensor dy) {
    return new Tensor[] {Tensor.apply(new Scatter(node.inputShape(0).dim(1)), dy, node.saved(0))};
  }

  /** y[i, index[i]] = x[i], 0 elsewhere: the transpose of {@link Gather}. */
  public record Scatter(int columns) implements Op {
    @Override
    public Inputs inputs() {
      return Indices.FLOATS;
    }

    @Override
    public Shape shape(Shape... inputs) {
      requireIndex(this, inputs[0], inputs[1]);
      return Shape.of(inputs[0].dim(0), columns);
    }

    @Override
    public Tensor forward(Node node, Shape shape, Tensor... inputs) {
      Tensor index = Indices.checked(this, inputs[1], shape, 1);
      Tensor from = inputs[0].contiguous();
      Tensor y = Tensor.make(shape, DType.FLOAT32, Layout.PLAIN, name());
      Gathering.scatterRows(from, index, y, shape.dim(0), columns);
      inputs[0].release(from);
      inputs[1].release(index);
      node.save(inputs[1]);
      return y;
    }

    @Override
    public @Nullable Tensor[] backward(Node node, Tensor dy) {
      return new @Nullable Tensor[] {Tensor.apply(new Gather(), dy, node.saved(0)), null};
    }
  }

  /** y[i] = x[i, index[i]]. */
  public record Gather() implements Op {
    @Override
    public Inputs inputs() {
      return Indices.FLOATS;
    }

    @Override
    public Shape shape(Shape... inputs) {
      if (inputs[0].rank() != 2) {
        throw new IllegalArgumentException(name() + ": expected a matrix, found " + inputs[0]);
      }
      requireIndex(this, inputs[0].without(1), inputs[1]);
      return inputs[1];
    }

    @Override
    public Tensor forward(Node node, Shape shape, Tensor... inputs) {
      Tensor index = Indices.checked(this, inputs[1], inputs[0].shape(), 1);
      Tensor from = inputs[0].contiguous();
      Tensor y = Tensor.make(shape, DType.FLOAT32, Layout.PLAIN, name());
      Gathering.gatherRows(from, index, y, shape.dim(0), inputs[0].shape().dim(1));
      inputs[0].release(from);
      inputs[1].release(index);
      node.save(inputs[1]);
      return y;
    }

    @Override
    public @Nullable Tensor[] backward(Node node, Tensor dy) {
      int columns = node.inputShape(0).dim(1);
      return new @Nullable Tensor[] {Tensor.apply(new Scatter(columns), dy, node.saved(0)), null};
    }
  }

  private static void requireIndex(Op op, Shape rows, Shape index) {
    if (rows.rank() != 1 || !rows.equals(index)) {
      throw new IllegalArgumentException(
          op.name()
              + ": one index a row is expected, found indices "
              + index
              + " for rows "
              + rows);
    }
  }
}
