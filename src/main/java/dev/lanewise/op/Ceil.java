package dev.lanewise.op;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** The smallest whole number not below x; the derivative is 0 wherever it exists. */
public record Ceil() implements UnaryOp.Straight {
  @Override
  public FloatVector f(FloatVector x) {
    FloatVector cut = Trunc.whole(x);
    return cut.blend(cut.add(1), cut.compare(VectorOperators.LT, x));
  }

  @Override
  public float f(float x) {
    return (float) Math.ceil(x);
  }
}
