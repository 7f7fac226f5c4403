package dev.lanewise.op;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** x without what stands behind the point; the derivative is 0 wherever it exists. */
public record Trunc() implements UnaryOp.Straight {
  @Override
  public FloatVector f(FloatVector x) {
    return whole(x);
  }

  @Override
  public float f(float x) {
    return (float) (x < 0 ? Math.ceil(x) : Math.floor(x));
  }

  /** Through ints, but for what is whole anyway (from 2^23 on, infinities, NaN). */
  static FloatVector whole(FloatVector x) {
    FloatVector cut =
        (FloatVector) x.convert(VectorOperators.F2I, 0).convert(VectorOperators.I2F, 0);
    return x.blend(cut, x.abs().compare(VectorOperators.LT, 0x1p23f));
  }
}
