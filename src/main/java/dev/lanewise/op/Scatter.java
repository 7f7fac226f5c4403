package dev.lanewise.op;

import dev.lanewise.kernel.elementwise.HostCopy;
import dev.lanewise.kernel.reduce.Indexing;
import dev.lanewise.tensor.DType;
import dev.lanewise.tensor.Layout;
import dev.lanewise.tensor.Node;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * y = x, then y[.., index[.., i, ..], ..] = source[.., i, ..] along a dimension. dx is dy with
 * zeros where something was written, dsource is dy where it was written; both are the derivative
 * only where no index occurs twice. Of equal indices the last one counts.
 */
public record Scatter(int axis) implements Op {
  private static final Inputs INPUTS = Indices.FLOATS.and(DType.FLOAT32, "source");

  @Override
  public Inputs inputs() {
    return INPUTS;
  }

  @Override
  public Shape shape(Shape... inputs) {
    Indices.requireFits(this, inputs[1], inputs[0], axis);
    Indices.requireSame(this, inputs[2], inputs[1]);
    return inputs[0];
  }

  @Override
  public Tensor forward(Node node, Shape shape, Tensor... inputs) {
    Tensor index = Indices.checked(this, inputs[1], shape, axis);
    Tensor x = inputs[0].contiguous();
    Tensor source = inputs[2].contiguous();
    Tensor y = Tensor.make(shape, DType.FLOAT32, Layout.PLAIN, name());
    HostCopy.copy(x, y, shape.size() * 4);
    Indexing.scatter(source, index, y, shape.strides(), source.shape().toArray(), axis);
    inputs[0].release(x);
    inputs[1].release(index);
    inputs[2].release(source);
    node.save(inputs[1]);
    return y;
  }

  @Override
  public @Nullable Tensor[] backward(Node node, Tensor dy) {
    Tensor index = node.saved(0);
    Tensor nothing = Tensor.scalar(0).expand(index.shape().toArray());
    return new @Nullable Tensor[] {
      node.needs(0) ? Tensor.apply(this, dy, index, nothing) : null,
      null,
      node.needs(2) ? Tensor.apply(new Gather(axis), dy, index) : null
    };
  }
}
