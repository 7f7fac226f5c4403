package dev.lanewise.tensor;

import dev.lanewise.kernel.CompareFormula;
import dev.lanewise.op.Abs;
import dev.lanewise.op.Acos;
import dev.lanewise.op.Acosh;
import dev.lanewise.op.Add;
import dev.lanewise.op.Asin;
import dev.lanewise.op.Asinh;
import dev.lanewise.op.Atan;
import dev.lanewise.op.Atan2;
import dev.lanewise.op.Atanh;
import dev.lanewise.op.Ceil;
import dev.lanewise.op.Clamp;
import dev.lanewise.op.Cos;
import dev.lanewise.op.Cosh;
import dev.lanewise.op.Div;
import dev.lanewise.op.Erf;
import dev.lanewise.op.Erfinv;
import dev.lanewise.op.Exp;
import dev.lanewise.op.Expm1;
import dev.lanewise.op.Floor;
import dev.lanewise.op.Log;
import dev.lanewise.op.Log10;
import dev.lanewise.op.Log1p;
import dev.lanewise.op.Log2;
import dev.lanewise.op.Maximum;
import dev.lanewise.op.Minimum;
import dev.lanewise.op.Mul;
import dev.lanewise.op.Neg;
import dev.lanewise.op.Pow;
import dev.lanewise.op.Reciprocal;
import dev.lanewise.op.Round;
import dev.lanewise.op.Rsqrt;
import dev.lanewise.op.Sign;
import dev.lanewise.op.Sin;
import dev.lanewise.op.Sinh;
import dev.lanewise.op.Sqrt;
import dev.lanewise.op.Square;
import dev.lanewise.op.Sub;
import dev.lanewise.op.Tan;
import dev.lanewise.op.Trunc;
import dev.lanewise.op.Where;

/** Operations on a {@link Tensor}, elementwise: arithmetic, functions of one and two variables. */
public abstract sealed class ElementwiseOps extends TensorOps permits ActivationOps {
  ElementwiseOps() {}

  /** this + other, broadcast. */
  public Tensor add(Tensor other) {
    return Tensor.apply(new Add(), self(), other);
  }

  /** this - other, broadcast. */
  public Tensor sub(Tensor other) {
    return Tensor.apply(new Sub(), self(), other);
  }

  /** this * other, broadcast. */
  public Tensor mul(Tensor other) {
    return Tensor.apply(new Mul(), self(), other);
  }

  /** this / other, broadcast. */
  public Tensor div(Tensor other) {
    return Tensor.apply(new Div(), self(), other);
  }

  /** this to the power of other, broadcast. */
  public Tensor pow(Tensor other) {
    return Tensor.apply(new Pow(), self(), other);
  }

  /** this + value. */
  public Tensor add(float value) {
    return add(Tensor.scalar(value));
  }

  /** this - value. */
  public Tensor sub(float value) {
    return sub(Tensor.scalar(value));
  }

  /** this * value. */
  public Tensor mul(float value) {
    return mul(Tensor.scalar(value));
  }

  /** this / value. */
  public Tensor div(float value) {
    return div(Tensor.scalar(value));
  }

  /** this to the power of value. */
  public Tensor pow(float value) {
    return pow(Tensor.scalar(value));
  }

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

  /** this = other, broadcast, as BOOL. */
  public Tensor eq(Tensor other) {
    return Logic.compare("eq", new CompareFormula.Equal(), Long::equals, self(), other);
  }

  /** this = value, as BOOL. */
  public Tensor eq(float value) {
    return eq(Tensor.scalar(value));
  }

  /** this ≠ other, broadcast, as BOOL. */
  public Tensor ne(Tensor other) {
    return Logic.compare(
        "ne", new CompareFormula.NotEqual(), (a, b) -> !a.equals(b), self(), other);
  }

  /** this ≠ value, as BOOL. */
  public Tensor ne(float value) {
    return ne(Tensor.scalar(value));
  }

  /** this &lt; other, broadcast, as BOOL. */
  public Tensor lt(Tensor other) {
    return Logic.compare("lt", new CompareFormula.Less(), (a, b) -> a < b, self(), other);
  }

  /** this &lt; value, as BOOL. */
  public Tensor lt(float value) {
    return lt(Tensor.scalar(value));
  }

  /** this ≤ other, broadcast, as BOOL. */
  public Tensor le(Tensor other) {
    return Logic.compare("le", new CompareFormula.LessOrEqual(), (a, b) -> a <= b, self(), other);
  }

  /** this ≤ value, as BOOL. */
  public Tensor le(float value) {
    return le(Tensor.scalar(value));
  }

  /** this > other, broadcast, as BOOL. */
  public Tensor gt(Tensor other) {
    return Logic.compare("gt", new CompareFormula.Less(), (a, b) -> a < b, other, self());
  }

  /** this > value, as BOOL. */
  public Tensor gt(float value) {
    return gt(Tensor.scalar(value));
  }

  /** this ≥ other, broadcast, as BOOL. */
  public Tensor ge(Tensor other) {
    return Logic.compare("ge", new CompareFormula.LessOrEqual(), (a, b) -> a <= b, other, self());
  }

  /** this ≥ value, as BOOL. */
  public Tensor ge(float value) {
    return ge(Tensor.scalar(value));
  }

  /** {@code a} where the condition (BOOL) is true, else {@code b}, all three broadcast. */
  public static Tensor where(Tensor condition, Tensor a, Tensor b) {
    return Tensor.apply(new Where(), condition, a, b);
  }

  /** The larger of both, broadcast; half of the gradient to each of equals. */
  public Tensor maximum(Tensor other) {
    return Tensor.apply(new Maximum(), self(), other);
  }

  /** The smaller of both, broadcast; half of the gradient to each of equals. */
  public Tensor minimum(Tensor other) {
    return Tensor.apply(new Minimum(), self(), other);
  }

  /** At least {@code min} and at most {@code max}, broadcast. */
  public Tensor clamp(Tensor min, Tensor max) {
    return maximum(min).minimum(max);
  }

  /** The angle of the point (other, this) in radians. */
  public Tensor atan2(Tensor other) {
    return Tensor.apply(new Atan2(), self(), other);
  }

  /**
   * this - trunc(this / other) other: the remainder with the sign of this; exact while the quotient
   * is below 2^24.
   */
  public Tensor fmod(Tensor other) {
    return self().sub(self().div(other).trunc().mul(other));
  }

  /**
   * this - floor(this / other) other: the remainder with the sign of other; exact while the
   * quotient is below 2^24.
   */
  public Tensor remainder(Tensor other) {
    return self().sub(self().div(other).floor().mul(other));
  }

  /** The quotient, rounded down. */
  public Tensor floorDivide(Tensor other) {
    return self().div(other).floor();
  }

  /** this + weight (end - this). */
  public Tensor lerp(Tensor end, Tensor weight) {
    return self().add(end.sub(self()).mul(weight));
  }

  /** this + value a b. */
  public Tensor addcmul(Tensor a, Tensor b, float value) {
    return self().add(a.mul(b).mul(value));
  }

  /** this + value a / b. */
  public Tensor addcdiv(Tensor a, Tensor b, float value) {
    return self().add(a.div(b).mul(value));
  }

  /** √(this² + other²). */
  public Tensor hypot(Tensor other) {
    return self().square().add(other.square()).sqrt();
  }

  /** ln(e^this + e^other), without overflow. */
  public Tensor logaddexp(Tensor other) {
    return other.add(self().sub(other).softplus(1, Float.POSITIVE_INFINITY));
  }

  /** log₂(2^this + 2^other), without overflow. */
  public Tensor logaddexp2(Tensor other) {
    float ln2 = 0.6931471805599453f;
    return self().mul(ln2).logaddexp(other.mul(ln2)).div(ln2);
  }

  /** The size of this with the sign of other (-0 counts as negative). */
  public Tensor copysign(Tensor other) {
    Tensor negative = other.lt(0).logicalOr(other.reciprocal().eq(Float.NEGATIVE_INFINITY));
    Tensor size = self().abs();
    return Tensor.where(negative, size.neg(), size);
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

  /** 0 below 0, 1 above, {@code atZero} at 0; no gradient but to {@code atZero}. */
  public Tensor heaviside(Tensor atZero) {
    return Tensor.where(self().eq(0), atZero, Logic.floats(self().gt(0)));
  }

  /** this ln other, 0 where this is 0. */
  public Tensor xlogy(Tensor other) {
    return Tensor.where(
        self().eq(0),
        Tensor.scalar(0),
        self().mul(Tensor.where(self().eq(0), Tensor.scalar(1), other).log()));
  }

  /** Whether both are true (not 0), broadcast, as BOOL. */
  public Tensor logicalAnd(Tensor other) {
    return Logic.floats(Logic.truth(self())).mul(Logic.floats(Logic.truth(other))).ne(0);
  }

  /** Whether one is true (not 0), broadcast, as BOOL. */
  public Tensor logicalOr(Tensor other) {
    return Logic.floats(Logic.truth(self())).add(Logic.floats(Logic.truth(other))).ne(0);
  }

  /** Whether exactly one is true (not 0), broadcast, as BOOL. */
  public Tensor logicalXor(Tensor other) {
    return Logic.floats(Logic.truth(self())).ne(Logic.floats(Logic.truth(other)));
  }

  /** Whether this is false (0), as BOOL. */
  public Tensor logicalNot() {
    return Logic.floats(Logic.truth(self())).eq(0);
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

  /** {@code value} where the mask (BOOL) is true. */
  public Tensor maskedFill(Tensor mask, float value) {
    return Tensor.where(mask, Tensor.scalar(value), self());
  }

  /** Numbers as they are, {@code nan} for NaN, and the largest floats for infinities. */
  public Tensor nanToNum(float nan) {
    return Tensor.where(
        isnan(), Tensor.scalar(nan), self().clamp(-Float.MAX_VALUE, Float.MAX_VALUE));
  }
}
