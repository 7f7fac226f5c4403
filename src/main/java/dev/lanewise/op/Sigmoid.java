package dev.lanewise.op;

import dev.lanewise.kernel.VectorMath;
import dev.lanewise.tensor.Tensor;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/** y = 1 / (1 + e^-x); dy/dx = y (1 - y). */
public record Sigmoid() implements UnaryOp {
  @Override
  public FloatVector f(FloatVector x) {
    return VectorMath.sigmoid(x);
  }

  @Override
  public float f(float x) {
    return (float) (1 / (1 + Math.exp(-x)));
  }

  @Override
  public FloatVector df(FloatVector x, FloatVector y) {
    return y.sub(y.mul(y));
  }

  @Override
  public float df(float x, float y) {
    return y - y * y;
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
    return java.util.Objects.requireNonNull(y).sub(y.mul(y));
  }
}
