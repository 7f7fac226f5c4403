package dev.lanewise.tensor;

import dev.lanewise.op.Add;
import dev.lanewise.op.Cos;
import dev.lanewise.op.Div;
import dev.lanewise.op.Exp;
import dev.lanewise.op.Log;
import dev.lanewise.op.Mul;
import dev.lanewise.op.Neg;
import dev.lanewise.op.Pow;
import dev.lanewise.op.Sin;
import dev.lanewise.op.Sqrt;
import dev.lanewise.op.Sub;

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
}
