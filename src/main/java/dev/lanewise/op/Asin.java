package dev.lanewise.op;

import dev.lanewise.kernel.elementwise.ArcFunctions;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.tensor.Tensor;
import jdk.incubator.vector.FloatVector;

/** y = arcsin x, NaN outside -1..1; dy/dx = 1 / √(1 - x²). */
public record Asin() implements UnaryOp.OfInput {
  @Override
  public FloatVector f(FloatVector x) {
    return ArcFunctions.asin(x);
  }

  @Override
  public float f(float x) {
    return (float) Math.asin(x);
  }

  @Override
  public FloatVector df(FloatVector x) {
    return FloatVector.broadcast(Lanes.F, 1).div(x.mul(x).neg().add(1).sqrt());
  }

  @Override
  public float df(float x) {
    return 1 / (float) Math.sqrt(1 - x * x);
  }

  @Override
  public Tensor derivative(Tensor x) {
    return x.square().neg().add(1).rsqrt();
  }
}
