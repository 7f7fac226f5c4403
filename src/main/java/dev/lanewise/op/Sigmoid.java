package dev.lanewise.op;

import dev.lanewise.kernel.elementwise.VectorMath;
import dev.lanewise.tensor.Tensor;
import jdk.incubator.vector.FloatVector;

/** y = 1 / (1 + e^-x); dy/dx = y (1 - y). */
public record Sigmoid() implements UnaryOp.OfOutput {
  @Override
  public FloatVector f(FloatVector x) {
    return VectorMath.sigmoid(x);
  }

  @Override
  public float f(float x) {
    return (float) (1 / (1 + Math.exp(-x)));
  }

  @Override
  public FloatVector df(FloatVector y) {
    return y.sub(y.mul(y));
  }

  @Override
  public float df(float y) {
    return y - y * y;
  }

  @Override
  public Tensor derivative(Tensor y) {
    return y.sub(y.mul(y));
  }
}
