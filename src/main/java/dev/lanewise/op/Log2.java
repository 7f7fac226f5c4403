package dev.lanewise.op;

import dev.lanewise.kernel.elementwise.VectorMath;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.tensor.Tensor;
import jdk.incubator.vector.FloatVector;

/** y = log₂ x; dy/dx = 1 / (x ln 2). */
public record Log2() implements UnaryOp.OfInput {
  private static final float LOG2_E = 0x1.715476p0f;

  @Override
  public FloatVector f(FloatVector x) {
    return VectorMath.log(x).mul(LOG2_E);
  }

  @Override
  public float f(float x) {
    return (float) (Math.log(x) * LOG2_E);
  }

  @Override
  public FloatVector df(FloatVector x) {
    return FloatVector.broadcast(Lanes.F, LOG2_E).div(x);
  }

  @Override
  public float df(float x) {
    return LOG2_E / x;
  }

  @Override
  public Tensor derivative(Tensor x) {
    return x.reciprocal().mul(LOG2_E);
  }
}
