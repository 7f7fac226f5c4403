package dev.lanewise.op;

import dev.lanewise.kernel.elementwise.Exponentials;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.tensor.Tensor;
import jdk.incubator.vector.FloatVector;

/** y = ln(1 + x), exact near 0; dy/dx = 1 / (1 + x). */
public record Log1p() implements UnaryOp.OfInput {
  @Override
  public FloatVector f(FloatVector x) {
    return Exponentials.log1p(x);
  }

  @Override
  public float f(float x) {
    return (float) Math.log1p(x);
  }

  @Override
  public FloatVector df(FloatVector x) {
    return FloatVector.broadcast(Lanes.F, 1).div(x.add(1));
  }

  @Override
  public float df(float x) {
    return 1 / (x + 1);
  }

  @Override
  public Tensor derivative(Tensor x) {
    return x.add(1).reciprocal();
  }
}
