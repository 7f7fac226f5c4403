package dev.lanewise.op;

import jdk.incubator.vector.FloatVector;

/** y = -x. */
public record Neg() implements UnaryOp.Straight {
  @Override
  public FloatVector f(FloatVector x) {
    return x.neg();
  }

  @Override
  public float f(float x) {
    return -x;
  }

  @Override
  public float slope() {
    return -1;
  }
}
