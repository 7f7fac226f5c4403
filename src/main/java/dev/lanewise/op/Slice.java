package dev.lanewise.op;

import dev.lanewise.tensor.Node;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Elements {@code start, start + step, ...} below {@code end} of dimension {@code axis}: a view. dx
 * is dy in its place and 0 elsewhere.
 */
public record Slice(int axis, int start, int end, int step) implements ViewOp {
  @Override
  public Shape shape(Shape... inputs) {
    Shape in = inputs[0];
    Views.requireAxis(name(), axis, in);
    int size = in.dim(axis);
    if (start < 0 || end > size || start > end || step < 1) {
      throw new IllegalArgumentException(
          name()
              + ": range "
              + start
              + ":"
              + end
              + ":"
              + step
              + " does not lie in dimension "
              + axis
              + " of shape "
              + in);
    }
    return in.with(axis, Math.ceilDiv(end - start, step));
  }

  @Override
  public Tensor view(Tensor from, Shape shape) {
    long[] strides = from.strides();
    long offset = from.offset() + start * strides[axis];
    strides[axis] *= step;
    return from.view(shape, strides, offset);
  }

  @Override
  public @Nullable Tensor[] backward(Node node, Tensor dy) {
    return new Tensor[] {Tensor.apply(new Gradient(this, node.inputShape(0)), dy)};
  }

  /** The transpose of a slice: x in its place in a tensor of zeros. */
  public record Gradient(Slice slice, Shape whole) implements Op {
    @Override
    public Shape shape(Shape... inputs) {
      Inputs.requireGradient(name(), slice.shape(whole), inputs[0]);
      return whole;
    }

    @Override
    public Tensor forward(Node node, Shape shape, Tensor... inputs) {
      long[] strides = shape.strides();
      long offset = slice.start * strides[slice.axis];
      strides[slice.axis] *= slice.step;
      return Views.placed(name(), inputs[0], shape, strides, offset, 0);
    }

    @Override
    public @Nullable Tensor[] backward(Node node, Tensor dy) {
      return new Tensor[] {Tensor.apply(slice, dy)};
    }
  }
}
