package dev.lanewise.op;

import dev.lanewise.tensor.Node;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Some dimensions run backwards: a view with negative strides. dx is dy, flipped back. */
public record Flip(Axes axes) implements ViewOp {
  /** Checks the attributes. */
  public Flip {
    Objects.requireNonNull(axes, "axes");
  }

  @Override
  public Shape shape(Shape... inputs) {
    if (axes.mask() >> inputs[0].rank() != 0) {
      throw new IllegalArgumentException(
          "flip: a dimension to flip does not exist in shape " + inputs[0]);
    }
    return inputs[0];
  }

  @Override
  public Tensor view(Tensor from, Shape shape) {
    long[] strides = from.strides();
    long offset = from.offset();
    for (int i = 0; i < strides.length && shape.size() > 0; i++) {
      if (axes.contains(i)) {
        offset += (shape.dim(i) - 1) * strides[i];
        strides[i] = -strides[i];
      }
    }
    return from.view(shape, strides, offset);
  }

  @Override
  public @Nullable Tensor[] backward(Node node, Tensor dy) {
    return new Tensor[] {Tensor.apply(this, dy)};
  }
}
