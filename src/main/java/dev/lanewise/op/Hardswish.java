package dev.lanewise.op;

import dev.lanewise.tensor.Tensor;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * y = x (x + 3) / 6 between -3 and 3, 0 below and x above; dy/dx = x / 3 + 1 / 2 between (Howard et
 * al., 2019).
 */
public record Hardswish() implements UnaryOp.OfInput {
  @Override
  public FloatVector f(FloatVector x) {
    return x.mul(x.add(3).max(0).min(6).div(6));
  }

  @Override
  public float f(float x) {
    return x * (Math.min(Math.max(x + 3, 0), 6) / 6);
  }

  @Override
  public FloatVector df(FloatVector x) {
    FloatVector slope = x.div(3).add(0.5f);
    return slope
        .blend(0, x.compare(VectorOperators.LT, -3))
        .blend(1, x.compare(VectorOperators.GT, 3));
  }

  @Override
  public float df(float x) {
    return x < -3 ? 0 : x > 3 ? 1 : x / 3 + 0.5f;
  }

  @Override
  public Tensor derivative(Tensor x) {
    return x.hardsigmoid().add(x.mul(Tensor.apply(new Slope(new Hardsigmoid()), x)));
  }
}
