package dev.lanewise.op;

import dev.lanewise.kernel.elementwise.ErrorFunction;
import dev.lanewise.kernel.elementwise.VectorMath;
import dev.lanewise.tensor.Tensor;
import jdk.incubator.vector.FloatVector;

/** y = 2/√π ∫ e^-t² dt from 0 to x; dy/dx = 2/√π e^-x². */
public record Erf() implements UnaryOp.OfInput {
  private static final float TWO_OVER_ROOT_PI = 0x1.20dd76p0f;

  @Override
  public FloatVector f(FloatVector x) {
    return ErrorFunction.erf(x);
  }

  @Override
  public float f(float x) {
    return (float) scalar(x);
  }

  @Override
  public FloatVector df(FloatVector x) {
    return VectorMath.exp(x.mul(x).neg()).mul(TWO_OVER_ROOT_PI);
  }

  @Override
  public float df(float x) {
    return (float) Math.exp(-(x * x)) * TWO_OVER_ROOT_PI;
  }

  @Override
  public Tensor derivative(Tensor x) {
    return x.square().neg().exp().mul(TWO_OVER_ROOT_PI);
  }

  /**
   * In double precision: the series of Abramowitz and Stegun 7.1.6, and the continued fraction
   * 7.1.14 above 3.
   */
  static double scalar(double x) {
    double size = Math.abs(x);
    if (!(size <= 6)) {
      return Double.isNaN(x) ? x : Math.signum(x);
    }
    double factor = 2 / Math.sqrt(Math.PI) * Math.exp(-size * size);
    double y;
    if (size <= 3) {
      double term = size;
      double sum = size;
      for (int n = 1; n < 80; n++) {
        term *= 2 * size * size / (2 * n + 1);
        sum += term;
      }
      y = factor * sum;
    } else {
      double fraction = 0;
      for (int n = 60; n > 0; n--) {
        fraction = n / 2.0 / (size + fraction);
      }
      y = 1 - factor / 2 / (size + fraction);
    }
    return Math.copySign(y, x);
  }
}
