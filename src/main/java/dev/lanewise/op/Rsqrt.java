package dev.lanewise.op;

import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.tensor.Tensor;
import jdk.incubator.vector.FloatVector;

/** y = 1 / √x; dy/dx = -y³ / 2. */
public record Rsqrt() implements UnaryOp.OfOutput {
  @Override
  public FloatVector f(FloatVector x) {
    return FloatVector.broadcast(Lanes.F, 1).div(x.sqrt());
  }

  @Override
  public float f(float x) {
    return 1 / (float) Math.sqrt(x);
  }

  @Override
  public FloatVector df(FloatVector y) {
    return y.mul(y).mul(y).mul(-0.5f);
  }

  @Override
  public float df(float y) {
    return -0.5f * (y * y * y);
  }

  @Override
  public Tensor derivative(Tensor y) {
    return y.square().mul(y).mul(-0.5f);
  }
}
