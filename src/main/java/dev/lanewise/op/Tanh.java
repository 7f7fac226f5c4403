package dev.lanewise.op;

import dev.lanewise.kernel.elementwise.VectorMath;
import dev.lanewise.tensor.Tensor;
import jdk.incubator.vector.FloatVector;

/** y = tanh x; dy/dx = 1 - y². */
public record Tanh() implements UnaryOp.OfOutput {
  @Override
  public FloatVector f(FloatVector x) {
    return VectorMath.tanh(x);
  }

  @Override
  public float f(float x) {
    return (float) Math.tanh(x);
  }

  @Override
  public FloatVector df(FloatVector y) {
    return y.mul(y).neg().add(1);
  }

  @Override
  public float df(float y) {
    return 1 - y * y;
  }

  @Override
  public Tensor derivative(Tensor y) {
    return Tensor.scalar(1).sub(y.mul(y));
  }
}
