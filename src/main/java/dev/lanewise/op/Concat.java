package dev.lanewise.op;

import dev.lanewise.kernel.elementwise.StridedCopy;
import dev.lanewise.tensor.Layout;
import dev.lanewise.tensor.Node;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Tensors one after the other along {@code axis}; each gets its slice of dy. */
public record Concat(int axis) implements Op {
  private static final Inputs INPUTS = Inputs.atLeastOne("tensors");

  @Override
  public Inputs inputs() {
    return INPUTS;
  }

  @Override
  public Shape shape(Shape... inputs) {
    Shape first = inputs[0];
    Views.requireAxis(name(), axis, first);
    long total = 0;
    for (int i = 0; i < inputs.length; i++) {
      if (inputs[i].rank() != first.rank()
          || !inputs[i].with(axis, 0).equals(first.with(axis, 0))) {
        throw new IllegalArgumentException(
            name()
                + ": tensor "
                + i
                + " has shape "
                + inputs[i]
                + ", which differs from "
                + first
                + " elsewhere than in dimension "
                + axis);
      }
      total += inputs[i].dim(axis);
    }
    if (total > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          name()
              + ": dimension "
              + axis
              + " would have "
              + total
              + " elements, more than 2^31 - 1");
    }
    return first.with(axis, (int) total);
  }

  @Override
  public Tensor forward(Node node, Shape shape, Tensor... inputs) {
    Tensor y = Tensor.make(shape, inputs[0].dtype(), Layout.PLAIN, name());
    long[] strides = shape.strides();
    long offset = 0;
    for (Tensor x : inputs) {
      if (x.dtype() != y.dtype()) {
        throw new IllegalArgumentException(
            name() + ": cannot join " + y.dtype() + " and " + x.dtype());
      }
      Tensor from = x.contiguous();
      try (Tensor place = y.view(x.shape(), strides, offset)) {
        StridedCopy.scatter(from, place, strides, x.shape().toArray(), y.dtype().bytes());
      }
      offset += x.shape().dim(axis) * strides[axis];
      x.release(from);
    }
    return y;
  }

  @Override
  public @Nullable Tensor[] backward(Node node, Tensor dy) {
    @Nullable Tensor[] dx = new @Nullable Tensor[node.inputs()];
    int start = 0;
    for (int i = 0; i < dx.length; i++) {
      int end = start + node.inputShape(i).dim(axis);
      dx[i] = node.needs(i) ? dy.slice(axis, start, end) : null;
      start = end;
    }
    return dx;
  }
}
