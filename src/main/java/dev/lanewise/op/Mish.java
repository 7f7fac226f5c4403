package dev.lanewise.op;

import dev.lanewise.kernel.elementwise.VectorMath;
import dev.lanewise.tensor.Tensor;
import jdk.incubator.vector.FloatVector;

/**
 * y = x tanh(ln(1 + e^x)) (Misra, 2019); dy/dx = t + x s (1 - t²) with t the hyperbolic tangent and
 * s = sigmoid(x).
 */
public record Mish() implements UnaryOp.OfInput {
  @Override
  public FloatVector f(FloatVector x) {
    // tanh ln(1 + e) = n / (n + 2) with n = e² + 2 e.
    FloatVector e = VectorMath.exp(x.min(20));
    FloatVector n = e.add(2).mul(e);
    return n.div(n.add(2)).mul(x);
  }

  @Override
  public float f(float x) {
    double e = Math.exp(Math.min(x, 20));
    double n = e * (e + 2);
    return (float) (n / (n + 2) * x);
  }

  @Override
  public FloatVector df(FloatVector x) {
    // 1 - t² = 4 (n + 1) / (n + 2)²
    FloatVector e = VectorMath.exp(x.min(20));
    FloatVector n = e.add(2).mul(e);
    FloatVector more = n.add(2);
    FloatVector rest = n.add(1).mul(4).div(more).div(more);
    return n.div(more).add(x.min(20).mul(e).div(e.add(1)).mul(rest));
  }

  @Override
  public float df(float x) {
    double e = Math.exp(Math.min(x, 20));
    double n = e * (e + 2);
    return (float)
        (n / (n + 2) + Math.min(x, 20) * e / (e + 1) * (4 * (n + 1) / ((n + 2) * (n + 2))));
  }

  @Override
  public Tensor derivative(Tensor x) {
    Tensor t = x.softplus().tanh();
    return t.add(x.mul(x.sigmoid()).mul(t.square().neg().add(1)));
  }
}
