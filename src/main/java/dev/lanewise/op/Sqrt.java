package dev.lanewise.op;

import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.tensor.Tensor;
import jdk.incubator.vector.FloatVector;

/** y = √x; dy/dx = 1 / (2 y). */
public record Sqrt() implements UnaryOp.OfOutput {
  @Override
  public FloatVector f(FloatVector x) {
    return x.sqrt();
  }

  @Override
  public float f(float x) {
    return (float) Math.sqrt(x);
  }

  @Override
  public FloatVector df(FloatVector y) {
    return FloatVector.broadcast(Lanes.F, 0.5f).div(y);
  }

  @Override
  public float df(float y) {
    return 0.5f / y;
  }

  @Override
  public Tensor derivative(Tensor y) {
    return Tensor.scalar(0.5f).div(y);
  }
}
