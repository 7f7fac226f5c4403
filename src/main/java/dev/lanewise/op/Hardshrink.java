package dev.lanewise.op;

import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.tensor.Tensor;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** y = x, 0 between -{@code lambda} and λ; dy/dx = 1 or 0. */
public record Hardshrink(float lambda) implements UnaryOp.OfInput {
  @Override
  public FloatVector f(FloatVector x) {
    return x.blend(0, x.abs().compare(VectorOperators.LE, lambda));
  }

  @Override
  public float f(float x) {
    return Math.abs(x) <= lambda ? 0 : x;
  }

  @Override
  public FloatVector df(FloatVector x) {
    return FloatVector.zero(Lanes.F).blend(1, x.abs().compare(VectorOperators.LE, lambda).not());
  }

  @Override
  public float df(float x) {
    return Math.abs(x) <= lambda ? 0 : 1;
  }

  @Override
  public Tensor derivative(Tensor x) {
    return Tensor.apply(new Slope(this), x);
  }
}
