package dev.lanewise.op;

import dev.lanewise.kernel.Lanes;
import dev.lanewise.kernel.VectorMath;
import dev.lanewise.tensor.Tensor;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/** y = ln x; dy/dx = 1 / x. NaN below 0, -infinity at 0. */
public record Log() implements UnaryOp {
  @Override
  public FloatVector f(FloatVector x) {
    return VectorMath.log(x);
  }

  @Override
  public float f(float x) {
    return (float) Math.log(x);
  }

  @Override
  public FloatVector df(FloatVector x, FloatVector y) {
    return FloatVector.broadcast(Lanes.F, 1).div(x);
  }

  @Override
  public float df(float x, float y) {
    return 1 / x;
  }

  @Override
  public boolean usesInput() {
    return true;
  }

  @Override
  public boolean usesOutput() {
    return false;
  }

  @Override
  public Tensor derivative(@Nullable Tensor x, @Nullable Tensor y) {
    return Tensor.scalar(1).div(java.util.Objects.requireNonNull(x));
  }
}
