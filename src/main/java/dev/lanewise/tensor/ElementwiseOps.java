package dev.lanewise.tensor;

import dev.lanewise.op.Abs;
import dev.lanewise.op.Acos;
import dev.lanewise.op.Acosh;
import dev.lanewise.op.Asin;
import dev.lanewise.op.Asinh;
import dev.lanewise.op.Atan;
import dev.lanewise.op.Atanh;
import dev.lanewise.op.Ceil;
import dev.lanewise.op.Clamp;
import dev.lanewise.op.Cos;
import dev.lanewise.op.Cosh;
import dev.lanewise.op.Erf;
import dev.lanewise.op.Erfinv;
import dev.lanewise.op.Exp;
import dev.lanewise.op.Expm1;
import dev.lanewise.op.Floor;
import dev.lanewise.op.Log;
import dev.lanewise.op.Log10;
import dev.lanewise.op.Log1p;
import dev.lanewise.op.Log2;
import dev.lanewise.op.Neg;
import dev.lanewise.op.Reciprocal;
import dev.lanewise.op.Round;
import dev.lanewise.op.Rsqrt;
import dev.lanewise.op.Sign;
import dev.lanewise.op.Sin;
import dev.lanewise.op.Sinh;
import dev.lanewise.op.Sqrt;
import dev.lanewise.op.Square;
import dev.lanewise.op.Tan;
import dev.lanewise.op.Trunc;

/** Operations on a {@link Tensor}, elementwise: functions of one variable. */
public abstract sealed class ElementwiseOps extends ArithmeticOps permits ActivationOps {
  ElementwiseOps() {}

  /** -this. */
  public Tensor neg() {
    return Tensor.apply(new Neg(), self());
  }

  /** e to the power of this. */
  public Tensor exp() {
    return Tensor.apply(new Exp(), self());
  }

  /** Natural logarithm. */
  public Tensor log() {
    return Tensor.apply(new Log(), self());
  }

  /** Square root. */
  public Tensor sqrt() {
    return Tensor.apply(new Sqrt(), self());
  }

  /** Sine of radians. */
  public Tensor sin() {
    return Tensor.apply(new Sin(), self());
  }

  /** Cosine of radians. */
  public Tensor cos() {
    return Tensor.apply(new Cos(), self());
  }

  /** |this|; derivative 0 at 0. */
  public Tensor abs() {
    return Tensor.apply(new Abs(), self());
  }

  /** -1, 0 or 1. */
  public Tensor sign() {
    return Tensor.apply(new Sign(), self());
  }

  /** Largest whole number not above. */
  public Tensor floor() {
    return Tensor.apply(new Floor(), self());
  }

  /** Smallest whole number not below. */
  public Tensor ceil() {
    return Tensor.apply(new Ceil(), self());
  }

  /** Nearest whole number, of two the even one. */
  public Tensor round() {
    return Tensor.apply(new Round(), self());
  }

  /** Without what stands behind the point. */
  public Tensor trunc() {
    return Tensor.apply(new Trunc(), self());
  }

  /** What stands behind the point: this - trunc. */
  public Tensor frac() {
    return self().sub(trunc());
  }

  /** this². */
  public Tensor square() {
    return Tensor.apply(new Square(), self());
  }

  /** 1 / this. */
  public Tensor reciprocal() {
    return Tensor.apply(new Reciprocal(), self());
  }

  /** 1 / √this. */
  public Tensor rsqrt() {
    return Tensor.apply(new Rsqrt(), self());
  }

  /** e^this - 1, exact near 0. */
  public Tensor expm1() {
    return Tensor.apply(new Expm1(), self());
  }

  /** 2 to the power of this. */
  public Tensor exp2() {
    return Tensor.scalar(2).pow(self());
  }

  /** ln(1 + this), exact near 0. */
  public Tensor log1p() {
    return Tensor.apply(new Log1p(), self());
  }

  /** Logarithm to base 2. */
  public Tensor log2() {
    return Tensor.apply(new Log2(), self());
  }

  /** Logarithm to base 10. */
  public Tensor log10() {
    return Tensor.apply(new Log10(), self());
  }

  /** Tangent of radians. */
  public Tensor tan() {
    return Tensor.apply(new Tan(), self());
  }

  /** Arc sine. */
  public Tensor asin() {
    return Tensor.apply(new Asin(), self());
  }

  /** Arc cosine. */
  public Tensor acos() {
    return Tensor.apply(new Acos(), self());
  }

  /** Arc tangent. */
  public Tensor atan() {
    return Tensor.apply(new Atan(), self());
  }

  /** Hyperbolic sine. */
  public Tensor sinh() {
    return Tensor.apply(new Sinh(), self());
  }

  /** Hyperbolic cosine. */
  public Tensor cosh() {
    return Tensor.apply(new Cosh(), self());
  }

  /** Inverse of the hyperbolic sine. */
  public Tensor asinh() {
    return Tensor.apply(new Asinh(), self());
  }

  /** Inverse of the hyperbolic cosine. */
  public Tensor acosh() {
    return Tensor.apply(new Acosh(), self());
  }

  /** Inverse of the hyperbolic tangent. */
  public Tensor atanh() {
    return Tensor.apply(new Atanh(), self());
  }

  /** Error function. */
  public Tensor erf() {
    return Tensor.apply(new Erf(), self());
  }

  /** 1 - erf; what is far above 0 loses its digits. */
  public Tensor erfc() {
    return erf().neg().add(1);
  }

  /** At least {@code min} and at most {@code max}; each pair of bounds gets a compiled loop. */
  public Tensor clamp(float min, float max) {
    return Tensor.apply(new Clamp(min, max), self());
  }

  /** Degrees to radians. */
  public Tensor deg2rad() {
    return mul((float) (Math.PI / 180));
  }

  /** Radians to degrees. */
  public Tensor rad2deg() {
    return mul((float) (180 / Math.PI));
  }

  /** ln(this / (1 - this)). */
  public Tensor logit() {
    return log().sub(neg().log1p());
  }

  /** The inverse of {@link #erf}, ±∞ at ±1 and NaN beyond. */
  public Tensor erfinv() {
    return Tensor.apply(new Erfinv(), self());
  }

  /** ln |Γ(x)|, ∞ at 0, -1, -2, ...; absolute error about 2e-6 near its zeros. */
  public Tensor lgamma() {
    return SpecialFunctions.lgamma(self());
  }

  /** The derivative of {@link #lgamma}. */
  public Tensor digamma() {
    return SpecialFunctions.digamma(self());
  }

  /** sin(πx) / (πx), 1 at 0. */
  public Tensor sinc() {
    return SpecialFunctions.sinc(self());
  }

  /** Whether elements are NaN, as BOOL. */
  public Tensor isnan() {
    return self().ne(self());
  }

  /** Whether elements are infinite, as BOOL. */
  public Tensor isinf() {
    return self().abs().eq(Float.POSITIVE_INFINITY);
  }

  /** Whether elements are neither infinite nor NaN, as BOOL. */
  public Tensor isfinite() {
    return self().abs().lt(Float.POSITIVE_INFINITY);
  }

  /** Numbers as they are, {@code nan} for NaN, and the largest floats for infinities. */
  public Tensor nanToNum(float nan) {
    return Tensor.where(
        isnan(), Tensor.scalar(nan), self().clamp(-Float.MAX_VALUE, Float.MAX_VALUE));
  }
}
