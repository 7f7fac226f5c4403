package dev.lanewise.op;

import dev.lanewise.kernel.VectorMath;
import dev.lanewise.tensor.Tensor;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/** y = e^x; dy/dx = y. */
public record Exp() implements UnaryOp {
  @Override
  public FloatVector f(FloatVector x) {
    return VectorMath.exp(x);
  }

  @Override
  public float f(float x) {
    return (float) Math.exp(x);
  }

  @Override
  public FloatVector df(FloatVector x, FloatVector y) {
    return y;
  }

  @Override
  public float df(float x, float y) {
    return y;
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
    return java.util.Objects.requireNonNull(y);
  }
}
