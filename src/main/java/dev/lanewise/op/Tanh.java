package dev.lanewise.op;

import dev.lanewise.kernel.VectorMath;
import dev.lanewise.tensor.Tensor;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/** y = tanh x; dy/dx = 1 - y². */
public record Tanh() implements UnaryOp {
  @Override
  public FloatVector f(FloatVector x) {
    return VectorMath.tanh(x);
  }

  @Override
  public float f(float x) {
    return (float) Math.tanh(x);
  }

  @Override
  public FloatVector df(FloatVector x, FloatVector y) {
    return y.mul(y).neg().add(1);
  }

  @Override
  public float df(float x, float y) {
    return 1 - y * y;
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
    return Tensor.scalar(1).sub(java.util.Objects.requireNonNull(y).mul(y));
  }
}
