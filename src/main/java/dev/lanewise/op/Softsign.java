package dev.lanewise.op;

import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.tensor.Tensor;
import jdk.incubator.vector.FloatVector;

/** y = x / (1 + |x|); dy/dx = 1 / (1 + |x|)². */
public record Softsign() implements UnaryOp.OfInput {
  @Override
  public FloatVector f(FloatVector x) {
    return x.div(x.abs().add(1));
  }

  @Override
  public float f(float x) {
    return x / (Math.abs(x) + 1);
  }

  @Override
  public FloatVector df(FloatVector x) {
    FloatVector d = x.abs().add(1);
    return FloatVector.broadcast(Lanes.F, 1).div(d).div(d);
  }

  @Override
  public float df(float x) {
    return 1 / (Math.abs(x) + 1) / (Math.abs(x) + 1);
  }

  @Override
  public Tensor derivative(Tensor x) {
    return x.abs().add(1).square().reciprocal();
  }
}
