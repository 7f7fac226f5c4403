package dev.lanewise.op;

import dev.lanewise.kernel.elementwise.ErrorFunction;
import dev.lanewise.kernel.elementwise.VectorMath;
import dev.lanewise.tensor.Tensor;
import jdk.incubator.vector.FloatVector;

/** The inverse of erf, ±∞ at ±1 and NaN beyond; dy/dx = √π/2 e^y². */
public record Erfinv() implements UnaryOp.OfOutput {
  private static final float HALF_ROOT_PI = 0x1.c5bf8ap-1f;

  @Override
  public FloatVector f(FloatVector x) {
    return ErrorFunction.inverse(x);
  }

  /** In double precision: steps of Newton's, from 0 where erf is steepest. */
  @Override
  public float f(float x) {
    double size = Math.abs((double) x);
    if (!(size < 1)) {
      return size == 1 ? Math.copySign(Float.POSITIVE_INFINITY, x) : Float.NaN;
    }
    double y = 0;
    for (int i = 0; i < 60; i++) {
      y -= (Erf.scalar(y) - size) * Math.sqrt(Math.PI) / 2 * Math.exp(y * y);
    }
    return (float) Math.copySign(y, x);
  }

  @Override
  public FloatVector df(FloatVector y) {
    return VectorMath.exp(y.mul(y)).mul(HALF_ROOT_PI);
  }

  @Override
  public float df(float y) {
    return (float) Math.exp(y * y) * HALF_ROOT_PI;
  }

  @Override
  public Tensor derivative(Tensor y) {
    return y.square().exp().mul(HALF_ROOT_PI);
  }
}
