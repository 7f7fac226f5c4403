package dev.lanewise.op;

import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.tensor.Tensor;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * y = x, at least {@code min} and at most {@code max}; dy/dx = 1 strictly between them, else 0
 * (ReLU6: 0 to 6); 1 at NaN, as PyTorch.
 */
public record Hardtanh(float min, float max) implements UnaryOp.OfInput {
  @Override
  public FloatVector f(FloatVector x) {
    return x.max(min).min(max);
  }

  @Override
  public float f(float x) {
    return Math.min(Math.max(x, min), max);
  }

  @Override
  public FloatVector df(FloatVector x) {
    return FloatVector.broadcast(Lanes.F, 1)
        .blend(0, x.compare(VectorOperators.LE, min).or(x.compare(VectorOperators.GE, max)));
  }

  @Override
  public float df(float x) {
    return x <= min || x >= max ? 0 : 1;
  }

  @Override
  public Tensor derivative(Tensor x) {
    return Tensor.apply(new Slope(this), x);
  }
}
