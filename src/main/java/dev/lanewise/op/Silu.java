package dev.lanewise.op;

import dev.lanewise.kernel.elementwise.VectorMath;
import dev.lanewise.tensor.Tensor;
import jdk.incubator.vector.FloatVector;

/** y = x sigmoid(x), also called swish; dy/dx = s (1 + x (1 - s)) with s = sigmoid(x). */
public record Silu() implements UnaryOp.OfInput {
  @Override
  public FloatVector f(FloatVector x) {
    return VectorMath.sigmoid(x).mul(x);
  }

  @Override
  public float f(float x) {
    return (float) (x * (1 / (1 + Math.exp(-x))));
  }

  @Override
  public FloatVector df(FloatVector x) {
    FloatVector s = VectorMath.sigmoid(x);
    return s.add(s.mul(x).mul(s.neg().add(1)));
  }

  @Override
  public float df(float x) {
    double s = 1 / (1 + Math.exp(-x));
    return (float) (s + s * x * (1 - s));
  }

  @Override
  public Tensor derivative(Tensor x) {
    Tensor s = x.sigmoid();
    return s.add(s.mul(x).mul(s.neg().add(1)));
  }
}
