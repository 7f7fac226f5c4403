package dev.lanewise.op;

import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.tensor.Tensor;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** y = x / 6 + 1 / 2, at least 0 and at most 1; dy/dx = 1 / 6 strictly between -3 and 3. */
public record Hardsigmoid() implements UnaryOp.OfInput {
  @Override
  public FloatVector f(FloatVector x) {
    return x.add(3).max(0).min(6).div(6);
  }

  @Override
  public float f(float x) {
    return Math.min(Math.max(x + 3, 0), 6) / 6;
  }

  @Override
  public FloatVector df(FloatVector x) {
    return FloatVector.zero(Lanes.F)
        .blend(1 / 6f, x.compare(VectorOperators.GT, -3).and(x.compare(VectorOperators.LT, 3)));
  }

  @Override
  public float df(float x) {
    return x > -3 && x < 3 ? 1 / 6f : 0;
  }

  @Override
  public Tensor derivative(Tensor x) {
    return Tensor.apply(new Slope(this), x);
  }
}
