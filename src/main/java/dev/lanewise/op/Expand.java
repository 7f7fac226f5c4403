package dev.lanewise.op;

import dev.lanewise.tensor.Layout;
import dev.lanewise.tensor.Node;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Stretches dimensions of size 1, and adds leading ones, without copying; dx = Σ dy over them. */
public record Expand(Shape target) implements Op {
  @Override
  public Inputs inputs() {
    return Inputs.ANY;
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
  public long flops(Shape shape, Shape... inputs) {
    return 0;
  }

  @Override
  public long bytes(Shape shape, Shape... inputs) {
    return 0;
  }

  @Override
  public Tensor forward(Node node, Shape shape, Tensor... inputs) {
    Tensor x = inputs[0];
    Tensor from = x.layout() == Layout.PLAIN ? x : x.contiguous();
    long[] own = from.strides();
    long[] strides = new long[shape.rank()];
    int shift = shape.rank() - own.length;
    for (int i = 0; i < own.length; i++) {
      strides[i + shift] = x.shape().dim(i) == 1 ? 0 : own[i];
    }
    Tensor y = from.view(shape, strides, from.offset());
    x.release(from);
    return y;
  }

  @Override
  public @Nullable Tensor[] backward(Node node, Tensor dy) {
    return new Tensor[] {dy.sumTo(node.inputShape(0))};
  }
}
