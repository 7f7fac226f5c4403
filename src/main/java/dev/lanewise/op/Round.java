package dev.lanewise.op;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** The nearest whole number, of two the even one; the derivative is 0 wherever it exists. */
public record Round() implements UnaryOp.Straight {
  @Override
  public FloatVector f(FloatVector x) {
    // Adding 2^23 leaves no bits behind the point.
    FloatVector size = x.abs();
    FloatVector near = size.add(0x1p23f).sub(0x1p23f);
    near = near.blend(near.neg(), x.compare(VectorOperators.LT, 0));
    return x.blend(near, size.compare(VectorOperators.LT, 0x1p23f));
  }

  @Override
  public float f(float x) {
    return (float) Math.rint(x);
  }
}
