package dev.lanewise.tensor;

/** Functions of one variable that are made of others. */
final class SpecialFunctions {
  private static final float PI = (float) Math.PI;

  /** From here on Stirling's series is exact with its first terms. */
  private static final int SERIES_FROM = 8;

  private SpecialFunctions() {}

  static Tensor sinc(Tensor x) {
    Tensor zero = x.eq(0);
    Tensor angle = Tensor.where(zero, Tensor.scalar(1), x).mul(PI);
    return Tensor.where(zero, Tensor.scalar(1), angle.sin().div(angle));
  }

  /**
   * Stirling's series (Abramowitz and Stegun 6.1.41), below 8 after Γ(x) = Γ(x + 8) / (x (x + 1)
   * ... (x + 7)), below 1/2 after the reflection Γ(x) Γ(1 - x) = π / sin πx.
   */
  static Tensor lgamma(Tensor x) {
    Tensor reflected = x.lt(0.5f);
    Tensor a = mirrored(x, reflected);
    Tensor low = a.lt(SERIES_FROM);
    Tensor z = Tensor.where(low, a.add(SERIES_FROM), a);
    Tensor inverse = z.reciprocal();
    Tensor rest = inverse.mul(inverse.square().mul(-1 / 360f).add(1 / 12f));
    Tensor stirling =
        z.sub(0.5f).mul(z.log()).sub(z).add((float) (0.5 * Math.log(2 * Math.PI))).add(rest);
    // Where nothing is shifted the factors are those of 1, which do not overflow.
    Tensor factors = Tensor.where(low, a, Tensor.scalar(1));
    Tensor product = factors;
    for (int i = 1; i < SERIES_FROM; i++) {
      product = product.mul(factors.add(i));
    }
    Tensor y = stirling.sub(Tensor.where(low, product.log(), Tensor.scalar(0)));
    Tensor sine = Tensor.where(reflected, x, Tensor.scalar(0.5f)).mul(PI).sin().abs();
    return Tensor.where(reflected, sine.log().neg().add((float) Math.log(Math.PI)).sub(y), y);
  }

  /** The derivative of {@link #lgamma}, in the same three steps (6.3.18, 6.3.6, 6.3.7). */
  static Tensor digamma(Tensor x) {
    Tensor reflected = x.lt(0.5f);
    Tensor a = mirrored(x, reflected);
    Tensor low = a.lt(SERIES_FROM);
    Tensor z = Tensor.where(low, a.add(SERIES_FROM), a);
    Tensor inverse = z.reciprocal();
    Tensor square = inverse.square();
    Tensor rest = square.mul(square.mul(1 / 120f).add(-1 / 12f));
    Tensor y = z.log().sub(inverse.mul(0.5f)).add(rest);
    Tensor factors = Tensor.where(low, a, Tensor.scalar(1));
    Tensor sum = factors.reciprocal();
    for (int i = 1; i < SERIES_FROM; i++) {
      sum = sum.add(factors.add(i).reciprocal());
    }
    y = y.sub(Tensor.where(low, sum, Tensor.scalar(0)));
    Tensor angle = Tensor.where(reflected, x, Tensor.scalar(0.5f)).mul(PI);
    // Not by the tangent, which has a pole between those of the result.
    return Tensor.where(reflected, y.sub(angle.cos().div(angle.sin()).mul(PI)), y);
  }

  private static Tensor mirrored(Tensor x, Tensor where) {
    return Tensor.where(where, x.neg().add(1), x);
  }
}
