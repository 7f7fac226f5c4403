package dev.lanewise.tensor;

import dev.lanewise.kernel.elementwise.CompareFormula;
import dev.lanewise.op.Add;
import dev.lanewise.op.Atan2;
import dev.lanewise.op.Div;
import dev.lanewise.op.Maximum;
import dev.lanewise.op.Minimum;
import dev.lanewise.op.Mul;
import dev.lanewise.op.Pow;
import dev.lanewise.op.Sub;
import dev.lanewise.op.Where;

/**
 * Operations on a {@link Tensor}, elementwise: arithmetic, comparisons, logic and functions of two
 * variables, broadcast.
 */
public abstract sealed class ArithmeticOps extends TensorOps permits ElementwiseOps {
  ArithmeticOps() {}

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

  /** {@code value} where the mask (BOOL) is true. */
  public Tensor maskedFill(Tensor mask, float value) {
    return Tensor.where(mask, Tensor.scalar(value), self());
  }
}
