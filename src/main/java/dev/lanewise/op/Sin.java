package dev.lanewise.op;

import dev.lanewise.kernel.elementwise.VectorMath;
import dev.lanewise.tensor.Tensor;
import jdk.incubator.vector.FloatVector;

/** y = sin x; dy/dx = cos x. */
public record Sin() implements UnaryOp.OfInput {
  @Override
  public FloatVector f(FloatVector x) {
    return VectorMath.sin(x);
  }

  @Override
  public float f(float x) {
    return (float) Math.sin(x);
  }

  @Override
  public FloatVector df(FloatVector x) {
    return VectorMath.cos(x);
  }

  @Override
  public float df(float x) {
    return (float) Math.cos(x);
  }

  @Override
  public Tensor derivative(Tensor x) {
    return x.cos();
  }
}
