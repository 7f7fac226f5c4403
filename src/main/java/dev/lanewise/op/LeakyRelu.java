package dev.lanewise.op;

import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.tensor.Tensor;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** y = x above 0, {@code negativeSlope} x below; dy/dx = negativeSlope at 0, as PyTorch. */
public record LeakyRelu(float negativeSlope) implements UnaryOp.OfInput {
  @Override
  public FloatVector f(FloatVector x) {
    return x.mul(negativeSlope).blend(x, x.compare(VectorOperators.GT, 0));
  }

  @Override
  public float f(float x) {
    return x > 0 ? x : x * negativeSlope;
  }

  @Override
  public FloatVector df(FloatVector x) {
    return FloatVector.broadcast(Lanes.F, negativeSlope).blend(1, x.compare(VectorOperators.GT, 0));
  }

  @Override
  public float df(float x) {
    return x > 0 ? 1 : negativeSlope;
  }

  @Override
  public Tensor derivative(Tensor x) {
    return Tensor.apply(new Slope(this), x);
  }
}
