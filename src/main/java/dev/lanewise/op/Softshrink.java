package dev.lanewise.op;

import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.tensor.Tensor;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** y = x moved towards 0 by {@code lambda}, 0 between -λ and λ; dy/dx = 1 or 0. */
public record Softshrink(float lambda) implements UnaryOp.OfInput {
  @Override
  public FloatVector f(FloatVector x) {
    return x.sub(x.max(-lambda).min(lambda));
  }

  @Override
  public float f(float x) {
    return x - Math.min(Math.max(x, -lambda), lambda);
  }

  @Override
  public FloatVector df(FloatVector x) {
    return FloatVector.zero(Lanes.F).blend(1, x.abs().compare(VectorOperators.GT, lambda));
  }

  @Override
  public float df(float x) {
    return Math.abs(x) > lambda ? 1 : 0;
  }

  @Override
  public Tensor derivative(Tensor x) {
    return Tensor.apply(new Slope(this), x);
  }
}
