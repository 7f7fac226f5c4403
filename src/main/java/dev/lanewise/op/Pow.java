package dev.lanewise.op;

import dev.lanewise.kernel.elementwise.Power;
import dev.lanewise.kernel.elementwise.VectorMath;
import dev.lanewise.tensor.Node;
import dev.lanewise.tensor.Tensor;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import org.jspecify.annotations.Nullable;

/**
 * y = a^b; dy/da = b a^(b-1), which is 0 where b = 0, and dy/db = y ln a, which is 0 where a = 0
 * and b ≥ 0 (the conventions of PyTorch).
 */
public record Pow() implements BinaryOp {
  @Override
  public FloatVector f(FloatVector a, FloatVector b) {
    return Power.pow(a, b);
  }

  @Override
  public float f(float a, float b) {
    return power(a, b);
  }

  /** As {@link Power#pow}: any power of 1, and an infinite one of -1, is 1. */
  private static float power(float a, float b) {
    boolean one = a == 1 || (a == -1 && Float.isInfinite(b));
    return one ? 1 : (float) Math.pow(a, b);
  }

  @Override
  public @Nullable Tensor[] backward(Node node, Tensor dy) {
    Tensor a = node.saved(0);
    Tensor b = node.saved(1);
    return new @Nullable Tensor[] {
      node.needs(0) ? dy.mul(Tensor.apply(new BaseGradient(), a, b)).sumTo(a.shape()) : null,
      node.needs(1) ? dy.mul(Tensor.apply(new ExponentGradient(), a, b)).sumTo(b.shape()) : null
    };
  }

  /** y = b a^(b-1), 0 where b = 0; dy/da = b (b-1) a^(b-2), dy/db = a^(b-1) (1 + b ln a). */
  public record BaseGradient() implements BinaryOp {
    @Override
    public FloatVector f(FloatVector a, FloatVector b) {
      VectorMask<Float> flat = b.compare(VectorOperators.EQ, 0);
      return b.mul(Power.pow(a, b.sub(1))).blend(0, flat);
    }

    @Override
    public float f(float a, float b) {
      return b == 0 ? 0 : b * power(a, b - 1);
    }

    @Override
    public @Nullable Tensor[] backward(Node node, Tensor dy) {
      Tensor a = node.saved(0);
      Tensor b = node.saved(1);
      Tensor less = b.sub(1);
      return new @Nullable Tensor[] {
        node.needs(0)
            ? dy.mul(b).mul(Tensor.apply(new BaseGradient(), a, less)).sumTo(a.shape())
            : null,
        node.needs(1)
            ? dy.mul(a.pow(less).add(b.mul(Tensor.apply(new ExponentGradient(), a, less))))
                .sumTo(b.shape())
            : null
      };
    }
  }

  /** y = a^b ln a, 0 where a = 0 and b ≥ 0; dy/da = a^(b-1) (1 + b ln a), dy/db = y ln a. */
  public record ExponentGradient() implements BinaryOp {
    @Override
    public FloatVector f(FloatVector a, FloatVector b) {
      VectorMask<Float> flat =
          a.compare(VectorOperators.EQ, 0).and(b.compare(VectorOperators.GE, 0));
      return Power.pow(a, b).mul(VectorMath.log(a)).blend(0, flat);
    }

    @Override
    public float f(float a, float b) {
      return a == 0 && b >= 0 ? 0 : power(a, b) * (float) Math.log(a);
    }

    @Override
    public @Nullable Tensor[] backward(Node node, Tensor dy) {
      Tensor a = node.saved(0);
      Tensor b = node.saved(1);
      Tensor less = b.sub(1);
      return new @Nullable Tensor[] {
        node.needs(0)
            ? dy.mul(a.pow(less).add(b.mul(Tensor.apply(new ExponentGradient(), a, less))))
                .sumTo(a.shape())
            : null,
        node.needs(1)
            ? dy.mul(Tensor.apply(new ExponentGradient(), a, b)).mul(a.log()).sumTo(b.shape())
            : null
      };
    }
  }
}
