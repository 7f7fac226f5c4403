package dev.lanewise.op;

import dev.lanewise.kernel.elementwise.ErrorFunction;
import dev.lanewise.kernel.elementwise.VectorMath;
import dev.lanewise.tensor.Tensor;
import java.util.Objects;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import org.jspecify.annotations.Nullable;

/**
 * y = x Φ(x) with the distribution function of the normal distribution (Hendrycks and Gimpel,
 * 2016); dy/dx = Φ(x) + x e^(-x²/2) / √2π, where Φ(x) = y / x.
 */
public record Gelu() implements UnaryOp {
  private static final float ONE_OVER_ROOT_TWO_PI = 0x1.988454p-2f;
  private static final float ROOT_HALF = 0x1.6a09e6p-1f;

  @Override
  public FloatVector f(FloatVector x) {
    return ErrorFunction.normal(x).mul(x);
  }

  @Override
  public float f(float x) {
    return (float) (x * (1 + Erf.scalar(x * Math.sqrt(0.5))) / 2);
  }

  @Override
  public FloatVector df(FloatVector x, FloatVector y) {
    FloatVector bell = VectorMath.exp(x.mul(x).mul(-0.5f)).mul(ONE_OVER_ROOT_TWO_PI);
    return y.div(x).blend(0.5f, x.compare(VectorOperators.EQ, 0)).add(x.mul(bell));
  }

  @Override
  public float df(float x, float y) {
    float bell = (float) Math.exp(x * x * -0.5f) * ONE_OVER_ROOT_TWO_PI;
    return (x == 0 ? 0.5f : y / x) + x * bell;
  }

  @Override
  public boolean usesInput() {
    return true;
  }

  @Override
  public boolean usesOutput() {
    return true;
  }

  @Override
  public Tensor derivative(@Nullable Tensor input, @Nullable Tensor y) {
    Tensor x = Objects.requireNonNull(input);
    Tensor bell = x.square().mul(-0.5f).exp().mul(ONE_OVER_ROOT_TWO_PI);
    return x.mul(ROOT_HALF).erf().add(1).mul(0.5f).add(x.mul(bell));
  }
}
