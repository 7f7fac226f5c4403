package dev.lanewise.op;

import dev.lanewise.tensor.Node;
import dev.lanewise.tensor.Tensor;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/**
 * y = the smaller of a and b, NaN where one is; the gradient goes to the smaller one, and half of
 * it to each of equals, as in PyTorch.
 */
public record Minimum() implements BinaryOp {
  @Override
  public FloatVector f(FloatVector a, FloatVector b) {
    return a.min(b);
  }

  @Override
  public float f(float a, float b) {
    return Math.min(a, b);
  }

  @Override
  public @Nullable Tensor[] backward(Node node, Tensor dy) {
    // The smaller of both is the one that the other exceeds.
    return Maximum.shares(node, dy, node.saved(1), node.saved(0));
  }
}
