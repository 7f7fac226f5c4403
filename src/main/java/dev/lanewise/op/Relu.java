package dev.lanewise.op;

import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.tensor.Tensor;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** y = max(x, 0); dy/dx = 1 where x > 0, else 0 (0 at 0, as PyTorch). NaN passes through. */
public record Relu() implements UnaryOp.OfOutput {
  @Override
  public FloatVector f(FloatVector x) {
    return x.max(0);
  }

  @Override
  public float f(float x) {
    return Math.max(x, 0);
  }

  @Override
  public FloatVector df(FloatVector y) {
    return FloatVector.zero(Lanes.F).blend(1, y.compare(VectorOperators.GT, 0));
  }

  @Override
  public float df(float y) {
    return y > 0 ? 1 : 0;
  }

  /** Where y > 0, so of y as of x. */
  @Override
  public Tensor derivative(Tensor y) {
    return Tensor.apply(new Slope(this), y);
  }
}
