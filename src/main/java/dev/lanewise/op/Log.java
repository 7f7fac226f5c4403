package dev.lanewise.op;

import dev.lanewise.kernel.elementwise.VectorMath;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.tensor.Tensor;
import jdk.incubator.vector.FloatVector;

/** y = ln x; dy/dx = 1 / x. NaN below 0, -infinity at 0. */
public record Log() implements UnaryOp.OfInput {
  @Override
  public FloatVector f(FloatVector x) {
    return VectorMath.log(x);
  }

  @Override
  public float f(float x) {
    return (float) Math.log(x);
  }

  @Override
  public FloatVector df(FloatVector x) {
    return FloatVector.broadcast(Lanes.F, 1).div(x);
  }

  @Override
  public float df(float x) {
    return 1 / x;
  }

  @Override
  public Tensor derivative(Tensor x) {
    return Tensor.scalar(1).div(x);
  }
}
