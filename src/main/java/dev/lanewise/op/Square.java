package dev.lanewise.op;

import dev.lanewise.tensor.Tensor;
import jdk.incubator.vector.FloatVector;

/** y = x²; dy/dx = 2 x. */
public record Square() implements UnaryOp.OfInput {
  @Override
  public FloatVector f(FloatVector x) {
    return x.mul(x);
  }

  @Override
  public float f(float x) {
    return x * x;
  }

  @Override
  public FloatVector df(FloatVector x) {
    return x.add(x);
  }

  @Override
  public float df(float x) {
    return x + x;
  }

  @Override
  public Tensor derivative(Tensor x) {
    return x.mul(2);
  }
}
