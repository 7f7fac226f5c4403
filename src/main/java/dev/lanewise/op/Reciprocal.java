package dev.lanewise.op;

import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.tensor.Tensor;
import jdk.incubator.vector.FloatVector;

/** y = 1 / x; dy/dx = -y². */
public record Reciprocal() implements UnaryOp.OfOutput {
  @Override
  public FloatVector f(FloatVector x) {
    return FloatVector.broadcast(Lanes.F, 1).div(x);
  }

  @Override
  public float f(float x) {
    return 1 / x;
  }

  @Override
  public FloatVector df(FloatVector y) {
    return y.mul(y).neg();
  }

  @Override
  public float df(float y) {
    return -(y * y);
  }

  @Override
  public Tensor derivative(Tensor y) {
    return y.square().neg();
  }
}
