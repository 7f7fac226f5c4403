package dev.lanewise.op;

import dev.lanewise.kernel.elementwise.Exponentials;
import dev.lanewise.tensor.Tensor;
import jdk.incubator.vector.FloatVector;

/** y = e^x - 1, exact near 0; dy/dx = y + 1. */
public record Expm1() implements UnaryOp.OfOutput {
  @Override
  public FloatVector f(FloatVector x) {
    return Exponentials.expm1(x);
  }

  @Override
  public float f(float x) {
    return (float) Math.expm1(x);
  }

  @Override
  public FloatVector df(FloatVector y) {
    return y.add(1);
  }

  @Override
  public float df(float y) {
    return y + 1;
  }

  @Override
  public Tensor derivative(Tensor y) {
    return y.add(1);
  }
}
