package dev.lanewise.op;

import dev.lanewise.tensor.Tensor;
import jdk.incubator.vector.FloatVector;

/** y = |x|; dy/dx = sign x, 0 at 0. */
public record Abs() implements UnaryOp.OfInput {
  @Override
  public FloatVector f(FloatVector x) {
    return x.abs();
  }

  @Override
  public float f(float x) {
    return Math.abs(x);
  }

  @Override
  public FloatVector df(FloatVector x) {
    return new Sign().f(x);
  }

  @Override
  public float df(float x) {
    return Math.signum(x);
  }

  @Override
  public Tensor derivative(Tensor x) {
    return x.sign();
  }
}
