package dev.lanewise.op;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * y = -1, 0 or 1 as x is below, at or above 0; its derivative is 0 wherever it exists. NaN stays
 * NaN.
 */
public record Sign() implements UnaryOp.Straight {
  @Override
  public FloatVector f(FloatVector x) {
    return x.blend(-1, x.compare(VectorOperators.LT, 0)).blend(1, x.compare(VectorOperators.GT, 0));
  }

  @Override
  public float f(float x) {
    return Math.signum(x);
  }
}
