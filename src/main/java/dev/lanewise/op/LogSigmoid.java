package dev.lanewise.op;

import dev.lanewise.kernel.elementwise.Exponentials;
import dev.lanewise.kernel.elementwise.VectorMath;
import dev.lanewise.tensor.Tensor;
import jdk.incubator.vector.FloatVector;

/** y = ln sigmoid(x) = -ln(1 + e^-x); dy/dx = sigmoid(-x). */
public record LogSigmoid() implements UnaryOp.OfInput {
  @Override
  public FloatVector f(FloatVector x) {
    return Exponentials.softplus(x.neg()).neg();
  }

  @Override
  public float f(float x) {
    return (float) (Math.min(x, 0) - Math.log1p(Math.exp(-Math.abs(x))));
  }

  @Override
  public FloatVector df(FloatVector x) {
    return VectorMath.sigmoid(x.neg());
  }

  @Override
  public float df(float x) {
    return (float) (1 / (1 + Math.exp(x)));
  }

  @Override
  public Tensor derivative(Tensor x) {
    return x.neg().sigmoid();
  }
}
