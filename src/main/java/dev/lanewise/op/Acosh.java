package dev.lanewise.op;

import dev.lanewise.kernel.elementwise.ArcFunctions;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.tensor.Tensor;
import jdk.incubator.vector.FloatVector;

/** y = ln(x + √(x² - 1)), the inverse of cosh, NaN below 1; dy/dx = 1 / √(x² - 1). */
public record Acosh() implements UnaryOp.OfInput {
  @Override
  public FloatVector f(FloatVector x) {
    return ArcFunctions.acosh(x);
  }

  @Override
  public float f(float x) {
    double more = (double) x - 1;
    return x < 1 ? Float.NaN : (float) Math.log1p(more + Math.sqrt(more * more + 2 * more));
  }

  @Override
  public FloatVector df(FloatVector x) {
    return FloatVector.broadcast(Lanes.F, 1).div(x.sub(1).mul(x.add(1)).sqrt());
  }

  @Override
  public float df(float x) {
    return 1 / (float) Math.sqrt((x - 1) * (x + 1));
  }

  @Override
  public Tensor derivative(Tensor x) {
    return x.sub(1).mul(x.add(1)).rsqrt();
  }
}
