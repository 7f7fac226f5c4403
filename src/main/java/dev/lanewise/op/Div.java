package dev.lanewise.op;

import dev.lanewise.tensor.Node;
import dev.lanewise.tensor.Tensor;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/** y = a / b; dy/da = 1 / b, dy/db = -a / b². */
public record Div() implements BinaryOp {
  @Override
  public FloatVector f(FloatVector a, FloatVector b) {
    return a.div(b);
  }

  @Override
  public float f(float a, float b) {
    return a / b;
  }

  @Override
  public @Nullable Tensor[] backward(Node node, Tensor dy) {
    Tensor a = node.saved(0);
    Tensor b = node.saved(1);
    return new @Nullable Tensor[] {
      node.needs(0) ? dy.div(b).sumTo(a.shape()) : null,
      node.needs(1) ? dy.mul(a).div(b.mul(b)).neg().sumTo(b.shape()) : null
    };
  }
}
