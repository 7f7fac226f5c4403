package dev.lanewise.op;

import dev.lanewise.kernel.elementwise.VectorMath;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.tensor.Tensor;
import jdk.incubator.vector.FloatVector;

/** y = log₁₀ x; dy/dx = 1 / (x ln 10). */
public record Log10() implements UnaryOp.OfInput {
  private static final float LOG10_E = 0x1.bcb7b2p-2f;

  @Override
  public FloatVector f(FloatVector x) {
    return VectorMath.log(x).mul(LOG10_E);
  }

  @Override
  public float f(float x) {
    return (float) (Math.log(x) * LOG10_E);
  }

  @Override
  public FloatVector df(FloatVector x) {
    return FloatVector.broadcast(Lanes.F, LOG10_E).div(x);
  }

  @Override
  public float df(float x) {
    return LOG10_E / x;
  }

  @Override
  public Tensor derivative(Tensor x) {
    return x.reciprocal().mul(LOG10_E);
  }
}
