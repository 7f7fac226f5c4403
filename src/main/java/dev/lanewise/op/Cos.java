package dev.lanewise.op;

import dev.lanewise.kernel.VectorMath;
import dev.lanewise.tensor.Tensor;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/** y = cos x; dy/dx = -sin x. */
public record Cos() implements UnaryOp {
  @Override
  public FloatVector f(FloatVector x) {
    return VectorMath.cos(x);
  }

  @Override
  public float f(float x) {
    return (float) Math.cos(x);
  }

  @Override
  public FloatVector df(FloatVector x, FloatVector y) {
    return VectorMath.sin(x).neg();
  }

  @Override
  public float df(float x, float y) {
    return -(float) Math.sin(x);
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
    return java.util.Objects.requireNonNull(x).sin().neg();
  }
}
