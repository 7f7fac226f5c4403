package dev.lanewise.op;

import dev.lanewise.kernel.elementwise.ArcFunctions;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.tensor.Tensor;
import jdk.incubator.vector.FloatVector;

/** y = ln((1 + x) / (1 - x)) / 2, the inverse of tanh; dy/dx = 1 / (1 - x²). */
public record Atanh() implements UnaryOp.OfInput {
  @Override
  public FloatVector f(FloatVector x) {
    return ArcFunctions.atanh(x);
  }

  @Override
  public float f(float x) {
    double size = Math.abs((double) x);
    return (float) Math.copySign(Math.log1p(2 * size / (1 - size)) / 2, x);
  }

  @Override
  public FloatVector df(FloatVector x) {
    return FloatVector.broadcast(Lanes.F, 1).div(x.mul(x).neg().add(1));
  }

  @Override
  public float df(float x) {
    return 1 / (1 - x * x);
  }

  @Override
  public Tensor derivative(Tensor x) {
    return x.square().neg().add(1).reciprocal();
  }
}
