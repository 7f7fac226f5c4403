package dev.lanewise.op;

import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.tensor.Node;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import org.jspecify.annotations.Nullable;

/**
 * y = the larger of a and b, NaN where one is; the gradient goes to the larger one, and half of it
 * to each of equals, as in PyTorch.
 */
public record Maximum() implements BinaryOp {
  @Override
  public FloatVector f(FloatVector a, FloatVector b) {
    return a.max(b);
  }

  @Override
  public float f(float a, float b) {
    return Math.max(a, b);
  }

  @Override
  public @Nullable Tensor[] backward(Node node, Tensor dy) {
    return shares(node, dy, node.saved(0), node.saved(1));
  }

  /** The gradients of both inputs, where the larger of {@code first} and {@code second} counts. */
  static @Nullable Tensor[] shares(Node node, Tensor dy, Tensor first, Tensor second) {
    return new @Nullable Tensor[] {
      node.needs(0) ? part(dy, first, second, node.inputShape(0)) : null,
      node.needs(1) ? part(dy, second, first, node.inputShape(1)) : null
    };
  }

  private static Tensor part(Tensor dy, Tensor larger, Tensor other, Shape shape) {
    return dy.mul(Tensor.apply(new Share(), larger, other)).sumTo(shape);
  }

  /** What part of the gradient a gets: 1, 1/2 or 0; its derivative is 0 wherever it exists. */
  public record Share() implements BinaryOp {
    @Override
    public FloatVector f(FloatVector a, FloatVector b) {
      return FloatVector.zero(Lanes.F)
          .blend(0.5f, a.compare(VectorOperators.EQ, b))
          .blend(1, a.compare(VectorOperators.GT, b));
    }

    @Override
    public float f(float a, float b) {
      return a > b ? 1 : a == b ? 0.5f : 0;
    }

    @Override
    public boolean savesInputs() {
      return false;
    }

    @Override
    public @Nullable Tensor[] backward(Node node, Tensor dy) {
      Tensor none = dy.mul(0);
      return new Tensor[] {none.sumTo(node.inputShape(0)), none.sumTo(node.inputShape(1))};
    }
  }
}
