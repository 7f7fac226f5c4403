package dev.lanewise.op;

import dev.lanewise.kernel.elementwise.Elementwise;
import dev.lanewise.kernel.elementwise.StridedCopy;
import dev.lanewise.tensor.DType;
import dev.lanewise.tensor.Layout;
import dev.lanewise.tensor.Node;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Windows of {@code size} elements, {@code dilation} apart, along a dimension, one every {@code
 * step}: the dimension counts the windows, and a new last one the elements of each. A view; dx sums
 * dy over all windows that an element lies in.
 */
public record Unfold(int axis, int size, int step, int dilation) implements ViewOp {
  @Override
  public Shape shape(Shape... inputs) {
    Shape in = inputs[0];
    Views.requireAxis(name(), axis, in);
    int extent = in.dim(axis);
    long span = (size - 1L) * dilation + 1;
    if (size < 1 || step < 1 || dilation < 1 || span > extent) {
      throw new IllegalArgumentException(
          "unfold: windows of "
              + size
              + " elements with step "
              + step
              + " and dilation "
              + dilation
              + " do not fit dimension "
              + axis
              + " of shape "
              + in);
    }
    return in.with(axis, (int) ((extent - span) / step + 1)).insert(in.rank(), size);
  }

  @Override
  public Tensor view(Tensor from, Shape shape) {
    long[] own = from.strides();
    long[] strides = Arrays.copyOf(own, own.length + 1);
    strides[axis] = own[axis] * step;
    strides[own.length] = own[axis] * dilation;
    return from.view(shape, strides, from.offset());
  }

  @Override
  public @Nullable Tensor[] backward(Node node, Tensor dy) {
    return new Tensor[] {Tensor.apply(new Gradient(this, node.inputShape(0)), dy)};
  }

  /** The transpose: windows added up in their places. */
  public record Gradient(Unfold unfold, Shape whole) implements Op {
    @Override
    public Shape shape(Shape... inputs) {
      Inputs.requireGradient(name(), unfold.shape(whole), inputs[0]);
      return whole;
    }

    @Override
    public Tensor forward(Node node, Shape shape, Tensor... inputs) {
      Tensor x = inputs[0];
      int rank = whole.rank();
      // The elements of the windows outermost: windows of one element each never overlap.
      int[] order = IntStream.range(0, rank + 1).map(i -> i == 0 ? rank : i - 1).toArray();
      Tensor turned = x.permute(order);
      Tensor from = turned.contiguous();
      Tensor y = Tensor.make(whole, DType.FLOAT32, Layout.PLAIN, name());
      Elementwise.fill(y, 0, whole.size());
      Shape part = x.shape().without(rank);
      long[] own = whole.strides();
      long[] strides = own.clone();
      strides[unfold.axis] *= unfold.step;
      for (int i = 0; i < unfold.size; i++) {
        try (Tensor terms = from.view(part, null, from.offset() + i * part.size());
            Tensor place = y.view(part, strides, i * (long) unfold.dilation * own[unfold.axis])) {
          StridedCopy.scatterAdd(terms, place, strides, part.toArray());
        }
      }
      turned.release(from);
      turned.close();
      return y;
    }

    @Override
    public @Nullable Tensor[] backward(Node node, Tensor dy) {
      return new Tensor[] {Tensor.apply(unfold, dy)};
    }
  }
}
