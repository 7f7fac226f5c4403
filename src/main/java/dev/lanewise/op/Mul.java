package dev.lanewise.op;

import dev.lanewise.tensor.Node;
import dev.lanewise.tensor.Tensor;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/** y = a b; dy/da = b, dy/db = a. */
public record Mul() implements BinaryOp {
  @Override
  public FloatVector f(FloatVector a, FloatVector b) {
    return a.mul(b);
  }

  @Override
  public float f(float a, float b) {
    return a * b;
  }

  @Override
  public @Nullable Tensor[] backward(Node node, Tensor dy) {
    Tensor a = node.saved(0);
    Tensor b = node.saved(1);
    return new @Nullable Tensor[] {
      node.needs(0) ? dy.mul(b).sumTo(a.shape()) : null,
      node.needs(1) ? dy.mul(a).sumTo(b.shape()) : null
    };
  }
}
