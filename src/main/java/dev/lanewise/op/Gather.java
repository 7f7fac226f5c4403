package dev.lanewise.op;

import dev.lanewise.kernel.elementwise.Elementwise;
import dev.lanewise.kernel.reduce.Indexing;
import dev.lanewise.tensor.DType;
import dev.lanewise.tensor.Layout;
import dev.lanewise.tensor.Node;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * y[.., i, ..] = x[.., index[.., i, ..], ..] along a dimension, for INT64 indices with as many
 * dimensions as x; dx adds dy up where it was taken from.
 */
public record Gather(int axis) implements Op {
  @Override
  public Inputs inputs() {
    return Indices.ANY;
  }

  @Override
  public Shape shape(Shape... inputs) {
    Indices.requireFits(this, inputs[1], inputs[0], axis);
    return inputs[1];
  }

  @Override
  public Tensor forward(Node node, Shape shape, Tensor... inputs) {
    Tensor index = Indices.checked(this, inputs[1], inputs[0].shape(), axis);
    DType type = inputs[0].dtype();
    if (type.bytes() < 4) {
      throw new IllegalArgumentException("gather: elements must not be " + type);
    }
    Tensor x = Views.strided(inputs[0]);
    Tensor y = Tensor.make(shape, type, Layout.PLAIN, name());
    Indexing.gather(x, x.strides(), index, y, shape.toArray(), axis, type.bytes());
    inputs[0].release(x);
    inputs[1].release(index);
    node.save(inputs[1]);
    return y;
  }

  @Override
  public @Nullable Tensor[] backward(Node node, Tensor dy) {
    Gradient gradient = new Gradient(this, node.inputShape(0));
    return new @Nullable Tensor[] {Tensor.apply(gradient, dy, node.saved(0)), null};
  }

  /** The transpose: y = 0, then y[.., index[.., i, ..], ..] += x[.., i, ..]. */
  public record Gradient(Gather gather, Shape whole) implements Op {
    @Override
    public Inputs inputs() {
      return Indices.FLOATS;
    }

    @Override
    public Shape shape(Shape... inputs) {
      Indices.requireFits(this, inputs[1], whole, gather.axis);
      Indices.requireSame(this, inputs[0], inputs[1]);
      return whole;
    }

    @Override
    public Tensor forward(Node node, Shape shape, Tensor... inputs) {
      Tensor index = Indices.checked(this, inputs[1], whole, gather.axis);
      Tensor x = inputs[0].contiguous();
      Tensor y = Tensor.make(shape, DType.FLOAT32, Layout.PLAIN, name());
      Elementwise.fill(y, 0, shape.size());
      Indexing.scatterAdd(x, index, y, shape.strides(), x.shape().toArray(), gather.axis);
      inputs[0].release(x);
      inputs[1].release(index);
      node.save(inputs[1]);
      return y;
    }

    @Override
    public @Nullable Tensor[] backward(Node node, Tensor dy) {
      return new @Nullable Tensor[] {Tensor.apply(gather, dy, node.saved(0)), null};
    }
  }
}
