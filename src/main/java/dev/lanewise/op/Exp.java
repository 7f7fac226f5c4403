package dev.lanewise.op;

import dev.lanewise.kernel.elementwise.VectorMath;
import dev.lanewise.tensor.Tensor;
import jdk.incubator.vector.FloatVector;

/** y = e^x; dy/dx = y. */
public record Exp() implements UnaryOp.OfOutput {
  @Override
  public FloatVector f(FloatVector x) {
    return VectorMath.exp(x);
  }

  @Override
  public float f(float x) {
    return (float) Math.exp(x);
  }

  @Override
  public FloatVector df(FloatVector y) {
    return y;
  }

  @Override
  public float df(float y) {
    return y;
  }

  @Override
  public Tensor derivative(Tensor y) {
    return y;
  }
}
