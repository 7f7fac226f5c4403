package dev.lanewise.op;

import dev.lanewise.kernel.Lanes;
import dev.lanewise.tensor.Tensor;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/** y = √x; dy/dx = 1 / (2 y). */
public record Sqrt() implements UnaryOp {
  @Override
  public FloatVector f(FloatVector x) {
    return x.sqrt();
  }

  @Override
  public float f(float x) {
    return (float) Math.sqrt(x);
  }

  @Override
  public FloatVector df(FloatVector x, FloatVector y) {
    return FloatVector.broadcast(Lanes.F, 0.5f).div(y);
  }

  @Override
  public float df(float x, float y) {
    return 0.5f / y;
  }

  @Override
  public boolean usesInput() {
    return false;
  }

  @Override
  public boolean usesOutput() {
    return true;
  }

  @Override
  public Tensor derivative(@Nullable Tensor x, @Nullable Tensor y) {
    return Tensor.scalar(0.5f).div(java.util.Objects.requireNonNull(y));
  }
}
