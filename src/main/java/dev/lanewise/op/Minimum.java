package dev.lanewise.op;

import dev.lanewise.kernel.Lanes;
import dev.lanewise.tensor.Node;
import dev.lanewise.tensor.Tensor;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
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
    Tensor a = node.saved(0);
    Tensor b = node.saved(1);
    return new @Nullable Tensor[] {
      node.needs(0) ? dy.mul(Tensor.apply(new Share(), a, b)).sumTo(a.shape()) : null,
      node.needs(1) ? dy.mul(Tensor.apply(new Share(), b, a)).sumTo(b.shape()) : null
    };
  }

  /** What part of the gradient a gets: 1, 1/2 or 0; its derivative is 0 wherever it exists. */
  public record Share() implements BinaryOp {
    @Override
    public FloatVector f(FloatVector a, FloatVector b) {
      return FloatVector.zero(Lanes.F)
          .blend(0.5f, a.compare(VectorOperators.EQ, b))
          .blend(1, a.compare(VectorOperators.LT, b));
    }

    @Override
    public float f(float a, float b) {
      return a < b ? 1 : a == b ? 0.5f : 0;
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
