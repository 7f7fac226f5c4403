package dev.lanewise.op;

import dev.lanewise.kernel.elementwise.VectorMath;
import dev.lanewise.tensor.Tensor;
import jdk.incubator.vector.FloatVector;

/**
 * y = x (1 + tanh u) / 2 with u = √(2/π) (x + 0.044715 x³), near {@link Gelu} (Hendrycks and
 * Gimpel, 2016); dy/dx = (1 + t) / 2 + x (1 - t²) u' / 2.
 */
public record GeluTanh() implements UnaryOp.OfInput {
  private static final float ROOT = 0x1.988454p-1f;
  private static final float CUBE = 0.044715f;

  @Override
  public FloatVector f(FloatVector x) {
    FloatVector u = x.mul(x).mul(CUBE).add(1).mul(x).mul(ROOT);
    return VectorMath.tanh(u).add(1).mul(x.mul(0.5f));
  }

  @Override
  public float f(float x) {
    float u = (x * x * CUBE + 1) * x * ROOT;
    return ((float) Math.tanh(u) + 1) * (x * 0.5f);
  }

  @Override
  public FloatVector df(FloatVector x) {
    FloatVector z = x.mul(x);
    FloatVector t = VectorMath.tanh(z.mul(CUBE).add(1).mul(x).mul(ROOT));
    FloatVector inner = z.mul(3 * CUBE).add(1).mul(ROOT).mul(x.mul(0.5f));
    return t.add(1).mul(0.5f).add(t.mul(t).neg().add(1).mul(inner));
  }

  @Override
  public float df(float x) {
    float z = x * x;
    double t = Math.tanh((z * CUBE + 1) * x * ROOT);
    float inner = (z * (3 * CUBE) + 1) * ROOT * (x * 0.5f);
    return (float) ((t + 1) * 0.5 + (1 - t * t) * inner);
  }

  @Override
  public Tensor derivative(Tensor x) {
    Tensor z = x.square();
    Tensor t = z.mul(CUBE).add(1).mul(x).mul(ROOT).tanh();
    Tensor inner = z.mul(3 * CUBE).add(1).mul(ROOT).mul(x.mul(0.5f));
    return t.add(1).mul(0.5f).add(t.square().neg().add(1).mul(inner));
  }
}
