package dev.lanewise.op;

import dev.lanewise.tensor.Node;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A frame of one value around a tensor: {@code before[i]} elements in front of dimension i and
 * {@code after[i]} behind. dx is the inner part of dy.
 */
public record Pad(List<Integer> before, List<Integer> after, float value) implements Op {
  /** Checks the attributes. */
  public Pad {
    before = List.copyOf(Objects.requireNonNull(before, "before"));
    after = List.copyOf(Objects.requireNonNull(after, "after"));
  }

  @Override
  public Shape shape(Shape... inputs) {
    Shape in = inputs[0];
    if (before.size() != in.rank() || after.size() != in.rank()) {
      throw new IllegalArgumentException(
          "pad: a width before and after each dimension of shape "
              + in
              + " is expected, found "
              + before
              + " and "
              + after);
    }
    int[] dims = in.toArray();
    for (int i = 0; i < dims.length; i++) {
      if (before.get(i) < 0 || after.get(i) < 0) {
        throw new IllegalArgumentException(
            "pad: widths must be at least 0, found " + before + " and " + after);
      }
      long wide = (long) dims[i] + before.get(i) + after.get(i);
      if (wide > Integer.MAX_VALUE) {
        throw new IllegalArgumentException(
            "pad: dimension "
                + i
                + " of shape "
                + in
                + " would have "
                + wide
                + " elements, more than 2^31 - 1");
      }
      dims[i] = (int) wide;
    }
    return Shape.of(dims);
  }

  @Override
  public Tensor forward(Node node, Shape shape, Tensor... inputs) {
    long[] strides = shape.strides();
    long offset = 0;
    for (int i = 0; i < strides.length; i++) {
      offset += before.get(i) * strides[i];
    }
    return Views.placed(name(), inputs[0], shape, strides, offset, value);
  }

  @Override
  public @Nullable Tensor[] backward(Node node, Tensor dy) {
    Shape in = node.inputShape(0);
    Tensor dx = dy;
    for (int i = 0; i < in.rank(); i++) {
      if (before.get(i) + after.get(i) > 0) {
        dx = dx.slice(i, before.get(i), before.get(i) + in.dim(i));
      }
    }
    return new Tensor[] {dx};
  }
}
