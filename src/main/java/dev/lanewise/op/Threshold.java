package dev.lanewise.op;

import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.tensor.Tensor;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** y = x above {@code threshold}, else {@code value}; dy/dx = 1 or 0. */
public record Threshold(float threshold, float value) implements UnaryOp.OfInput {
  @Override
  public FloatVector f(FloatVector x) {
    return FloatVector.broadcast(Lanes.F, value)
        .blend(x, x.compare(VectorOperators.LE, threshold).not());
  }

  @Override
  public float f(float x) {
    return x <= threshold ? value : x;
  }

  @Override
  public FloatVector df(FloatVector x) {
    return FloatVector.zero(Lanes.F).blend(1, x.compare(VectorOperators.LE, threshold).not());
  }

  @Override
  public float df(float x) {
    return x <= threshold ? 0 : 1;
  }

  @Override
  public Tensor derivative(Tensor x) {
    return Tensor.apply(new Slope(this), x);
  }
}
