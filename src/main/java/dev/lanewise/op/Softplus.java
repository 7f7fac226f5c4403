package dev.lanewise.op;

import dev.lanewise.kernel.elementwise.Exponentials;
import dev.lanewise.kernel.elementwise.VectorMath;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.tensor.Tensor;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * y = ln(1 + e^βx) / β, and x itself where βx is above {@code threshold}; dy/dx = sigmoid(βx), or
 * 1.
 */
public record Softplus(float beta, float threshold) implements UnaryOp.OfInput {
  @Override
  public FloatVector f(FloatVector x) {
    return Exponentials.softplus(x.mul(beta))
        .div(beta)
        .blend(x, x.mul(beta).compare(VectorOperators.GT, threshold));
  }

  @Override
  public float f(float x) {
    float z = x * beta;
    return z > threshold
        ? x
        : (float) ((float) (Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)))) / beta);
  }

  @Override
  public FloatVector df(FloatVector x) {
    return VectorMath.sigmoid(x.mul(beta))
        .blend(1, x.mul(beta).compare(VectorOperators.GT, threshold));
  }

  @Override
  public float df(float x) {
    float z = x * beta;
    return z > threshold ? 1 : (float) (1 / (1 + Math.exp(-z)));
  }

  @Override
  public Tensor derivative(Tensor x) {
    // Beyond the threshold nothing depends on x any more.
    return x.mul(beta)
        .hardtanh(Float.NEGATIVE_INFINITY, threshold)
        .sigmoid()
        .add(Tensor.apply(new Rest(this), x));
  }

  /** What is missing to 1 beyond the threshold: 1 - sigmoid(threshold), a constant there. */
  public record Rest(Softplus of) implements UnaryOp.Straight {
    private float rest() {
      return (float) (1 / (1 + Math.exp(of.threshold)));
    }

    @Override
    public FloatVector f(FloatVector x) {
      return FloatVector.zero(Lanes.F)
          .blend(rest(), x.mul(of.beta).compare(VectorOperators.GT, of.threshold));
    }

    @Override
    public float f(float x) {
      return x * of.beta > of.threshold ? rest() : 0;
    }
  }
}
