package dev.lanewise.op;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** The largest whole number not above x; the derivative is 0 wherever it exists. */
public record Floor() implements UnaryOp.Straight {
  @Override
  public FloatVector f(FloatVector x) {
    // Above 2^23 all floats are whole. Below, the conversion to int cuts towards 0.
    FloatVector cut = Trunc.whole(x);
    return cut.blend(cut.sub(1), cut.compare(VectorOperators.GT, x));
  }

  @Override
  public float f(float x) {
    return (float) Math.floor(x);
  }
}
