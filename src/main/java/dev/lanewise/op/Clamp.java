package dev.lanewise.op;

import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.tensor.Tensor;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * y = x, at least {@code min} and at most {@code max}; dy/dx = 1 from min to max, 0 outside. NaN
 * passes.
 *
 * @param min may be -infinity
 * @param max may be infinity; below {@code min} it wins
 */
public record Clamp(float min, float max) implements UnaryOp.OfInput {
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
    VectorMask<Float> inside =
        x.compare(VectorOperators.GE, min).and(x.compare(VectorOperators.LE, max));
    return FloatVector.zero(Lanes.F).blend(1, inside);
  }

  @Override
  public float df(float x) {
    return x >= min && x <= max ? 1 : 0;
  }

  @Override
  public Tensor derivative(Tensor x) {
    return Tensor.apply(new Slope(this), x);
  }
}
