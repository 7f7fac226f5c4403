package dev.lanewise.op;

import dev.lanewise.kernel.elementwise.ArcFunctions;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.tensor.Tensor;
import jdk.incubator.vector.FloatVector;

/** y = ln(x + √(x² + 1)), the inverse of sinh; dy/dx = 1 / √(x² + 1). */
public record Asinh() implements UnaryOp.OfInput {
  @Override
  public FloatVector f(FloatVector x) {
    return ArcFunctions.asinh(x);
  }

  @Override
  public float f(float x) {
    double size = Math.abs((double) x);
    double rest = size < 1e9 ? size * size / (1 + Math.sqrt(size * size + 1)) : size;
    return (float) Math.copySign(Math.log1p(size + rest), x);
  }

  @Override
  public FloatVector df(FloatVector x) {
    return FloatVector.broadcast(Lanes.F, 1).div(x.mul(x).add(1).sqrt());
  }

  @Override
  public float df(float x) {
    return 1 / (float) Math.sqrt(x * x + 1);
  }

  @Override
  public Tensor derivative(Tensor x) {
    return x.square().add(1).rsqrt();
  }
}
