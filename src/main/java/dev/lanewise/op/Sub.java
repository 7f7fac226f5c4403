package dev.lanewise.op;

import dev.lanewise.tensor.Node;
import dev.lanewise.tensor.Tensor;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/** y = a - b. */
public record Sub() implements BinaryOp {
  @Override
  public FloatVector f(FloatVector a, FloatVector b) {
    return a.sub(b);
  }

  @Override
  public float f(float a, float b) {
    return a - b;
  }

  @Override
  public boolean savesInputs() {
    return false;
  }

  @Override
  public @Nullable Tensor[] backward(Node node, Tensor dy) {
    return new @Nullable Tensor[] {
      node.needs(0) ? dy.sumTo(node.inputShape(0)) : null,
      node.needs(1) ? dy.neg().sumTo(node.inputShape(1)) : null
    };
  }
}
