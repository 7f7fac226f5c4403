package dev.lanewise.op;

import dev.lanewise.tensor.Node;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Stretches dimensions of size 1, and adds leading ones, without copying; dx = Σ dy over them. */
public record Expand(Shape target) implements ViewOp {
  /** Checks the attributes. */
  public Expand {
    Objects.requireNonNull(target, "target");
  }

  @Override
  public Shape shape(Shape... inputs) {
    Shape in = inputs[0];
    if (in.rank() > target.rank() || !Shape.broadcast(name(), in, target).equals(target)) {
      throw new IllegalArgumentException(
          name() + ": shape " + in + " does not stretch to " + target);
    }
    return target;
  }

  @Override
  public Tensor view(Tensor from, Shape shape) {
    long[] own = from.strides();
    long[] strides = new long[shape.rank()];
    int shift = shape.rank() - own.length;
    for (int i = 0; i < own.length; i++) {
      strides[i + shift] = from.shape().dim(i) == 1 ? 0 : own[i];
    }
    return from.view(shape, strides, from.offset());
  }

  @Override
  public @Nullable Tensor[] backward(Node node, Tensor dy) {
    return new Tensor[] {dy.sumTo(node.inputShape(0))};
  }
}
