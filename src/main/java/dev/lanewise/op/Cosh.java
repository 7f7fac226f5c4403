package dev.lanewise.op;

import dev.lanewise.kernel.elementwise.Exponentials;
import dev.lanewise.tensor.Tensor;
import jdk.incubator.vector.FloatVector;

/** y = (e^x + e^-x) / 2; dy/dx = sinh x. */
public record Cosh() implements UnaryOp.OfInput {
  @Override
  public FloatVector f(FloatVector x) {
    return Exponentials.cosh(x);
  }

  @Override
  public float f(float x) {
    return (float) Math.cosh(x);
  }

  @Override
  public FloatVector df(FloatVector x) {
    return Exponentials.sinh(x);
  }

  @Override
  public float df(float x) {
    return (float) Math.sinh(x);
  }

  @Override
  public Tensor derivative(Tensor x) {
    return x.sinh();
  }
}
