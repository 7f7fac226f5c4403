package dev.lanewise.op;

import dev.lanewise.tensor.Node;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Dimensions in another order: y's dimension i is x's dimension {@code order[i]}. A view. */
public record Permute(List<Integer> order) implements ViewOp {
  /** Checks the attributes. */
  public Permute {
    order = List.copyOf(Objects.requireNonNull(order, "order"));
  }

  @Override
  public Shape shape(Shape... inputs) {
    Shape in = inputs[0];
    long seen = 0;
    int[] dims = new int[order.size()];
    for (int i = 0; i < dims.length; i++) {
      int axis = in.axis(name(), order.get(i));
      seen |= 1L << axis;
      dims[i] = in.dim(axis);
    }
    if (dims.length != in.rank() || seen != (1L << in.rank()) - 1) {
      throw new IllegalArgumentException(
          name() + ": order " + order + " must name each dimension of shape " + in + " once");
    }
    return Shape.of(dims);
  }

  @Override
  public Tensor view(Tensor from, Shape shape) {
    long[] own = from.strides();
    long[] strides = new long[own.length];
    for (int i = 0; i < own.length; i++) {
      strides[i] = own[from.shape().axis(name(), order.get(i))];
    }
    return from.view(shape, strides, from.offset());
  }

  @Override
  public @Nullable Tensor[] backward(Node node, Tensor dy) {
    int[] inverse = new int[order.size()];
    for (int i = 0; i < inverse.length; i++) {
      inverse[node.inputShape(0).axis(name(), order.get(i))] = i;
    }
    return new Tensor[] {dy.permute(inverse)};
  }
}
