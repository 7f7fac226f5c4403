package dev.lanewise.op;

import dev.lanewise.kernel.Lanes;
import dev.lanewise.tensor.Tensor;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/** y = -x; dy/dx = -1. */
public record Neg() implements UnaryOp {
  @Override
  public FloatVector f(FloatVector x) {
    return x.neg();
  }

  @Override
  public float f(float x) {
    return -x;
  }

  @Override
  public FloatVector df(FloatVector x, FloatVector y) {
    return FloatVector.broadcast(Lanes.F, -1);
  }

  @Override
  public float df(float x, float y) {
    return -1;
  }

  @Override
  public boolean usesInput() {
    return false;
  }

  @Override
  public boolean usesOutput() {
    return false;
  }

  @Override
  public Tensor derivative(@Nullable Tensor x, @Nullable Tensor y) {
    return Tensor.scalar(-1);
  }
}
