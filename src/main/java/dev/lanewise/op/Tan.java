package dev.lanewise.op;

import dev.lanewise.kernel.elementwise.VectorMath;
import dev.lanewise.tensor.Tensor;
import jdk.incubator.vector.FloatVector;

/** y = tan x; dy/dx = 1 + y². */
public record Tan() implements UnaryOp.OfOutput {
  @Override
  public FloatVector f(FloatVector x) {
    return VectorMath.tan(x);
  }

  @Override
  public float f(float x) {
    return (float) Math.tan(x);
  }

  @Override
  public FloatVector df(FloatVector y) {
    return y.mul(y).add(1);
  }

  @Override
  public float df(float y) {
    return 1 + y * y;
  }

  @Override
  public Tensor derivative(Tensor y) {
    return y.square().add(1);
  }
}
