package dev.lanewise.op;

import dev.lanewise.kernel.elementwise.ArcFunctions;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.tensor.Tensor;
import jdk.incubator.vector.FloatVector;

/** y = arctan x; dy/dx = 1 / (1 + x²). */
public record Atan() implements UnaryOp.OfInput {
  @Override
  public FloatVector f(FloatVector x) {
    return ArcFunctions.atan(x);
  }

  @Override
  public float f(float x) {
    return (float) Math.atan(x);
  }

  @Override
  public FloatVector df(FloatVector x) {
    return FloatVector.broadcast(Lanes.F, 1).div(x.mul(x).add(1));
  }

  @Override
  public float df(float x) {
    return 1 / (1 + x * x);
  }

  @Override
  public Tensor derivative(Tensor x) {
    return x.square().add(1).reciprocal();
  }
}
