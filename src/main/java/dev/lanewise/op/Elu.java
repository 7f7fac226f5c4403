package dev.lanewise.op;

import dev.lanewise.kernel.elementwise.Exponentials;
import dev.lanewise.kernel.elementwise.VectorMath;
import dev.lanewise.tensor.Tensor;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * y = scale x above 0, scale α (e^βx - 1) below: ELU (β = scale = 1), CELU (β = 1 / α) and SELU;
 * dy/dx = scale, or scale α β e^βx.
 *
 * @param beta the factor of x in the exponent
 */
public record Elu(float alpha, float scale, float beta) implements UnaryOp.OfInput {
  @Override
  public FloatVector f(FloatVector x) {
    FloatVector below = Exponentials.expm1(x.mul(beta)).mul(scale * alpha);
    return below.blend(x.mul(scale), x.compare(VectorOperators.GT, 0));
  }

  @Override
  public float f(float x) {
    return x > 0 ? x * scale : (float) Math.expm1(x * beta) * (scale * alpha);
  }

  @Override
  public FloatVector df(FloatVector x) {
    FloatVector below = VectorMath.exp(x.mul(beta)).mul(scale * alpha * beta);
    return below.blend(scale, x.compare(VectorOperators.GT, 0));
  }

  @Override
  public float df(float x) {
    return x > 0 ? scale : (float) Math.exp(x * beta) * (scale * alpha * beta);
  }

  @Override
  public Tensor derivative(Tensor x) {
    // e^βx below 0, 1 above, and what is missing to the slope there.
    Tensor below = x.neg().relu().mul(-beta).exp().mul(scale * alpha * beta);
    Tensor above = x.neg().sign().relu().neg().add(1);
    return below.add(above.mul(scale - scale * alpha * beta));
  }
}
