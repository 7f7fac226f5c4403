package dev.lanewise.op;

import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.util.List;

/** Calls of elementwise operations. */
final class ElementwiseSamples extends SampleSet {
  @Override
  void samples() {
    for (int[] dims : new int[][] {{}, {7}, {3, 5}}) {
      unary(Shape.of(dims).toString(), dims);
    }
    binary("same shape", new int[] {3, 4}, new int[] {3, 4});
    binary("rows", new int[] {3, 4}, new int[] {4});
    binary("both stretch", new int[] {2, 1, 5}, new int[] {3, 1});
    binary("scalar right", new int[] {2, 3}, new int[] {});
    binary("scalar left", new int[] {}, new int[] {2, 3});
    binary("two scalars", new int[] {}, new int[] {});
    add(new Where(), "same shape", truths(3, 17), normal(3, 17), normal(3, 17));
    add(new Where(), "all stretch", truths(2, 1), normal(5), normal(3, 1, 1));
  }

  @Override
  void images(int n) {
    String batch = "batch " + n;
    unary(batch, n, 2, 3, 3);
    binary(batch, new int[] {n, 2, 3, 3}, new int[] {n, 2, 3, 3});
    binary(batch + ", a channel each", new int[] {n, 2, 3, 3}, new int[] {1, 2, 1, 1});
    binary(batch + ", an image each", new int[] {n, 1, 1, 1}, new int[] {n, 2, 2, 1});
    binary(batch + ", by a scalar", new int[] {n, 2, 3, 1}, new int[] {});
    binary(batch + ", to a scalar", new int[] {}, new int[] {n, 2, 3, 1});
    binary(batch + ", by a single pixel", new int[] {n, 2, 3, 1}, new int[] {1, 1, 1, 1});
    binary(batch + ", by more dimensions", new int[] {n, 1, 2, 2}, new int[] {1, 1, 1, 1, 1});
  }

  @Override
  void refused() {
    for (BinaryOp op :
        List.of(
            new Add(),
            new Sub(),
            new Mul(),
            new Div(),
            new Maximum(),
            new Maximum.Share(),
            new Minimum(),
            new Atan2(),
            new Pow(),
            new Pow.BaseGradient(),
            new Pow.ExponentGradient())) {
      bad(op, "do not broadcast: dimension -1 is 3 and 4", Shape.of(2, 3), Shape.of(4));
    }
    refusedWhere();
  }

  private void refusedWhere() {
    Shape pair = Shape.of(2);
    bad(new Where(), "do not broadcast", pair, pair, Shape.of(3));
    bad(new Where(), "do not broadcast", Shape.of(3), pair, pair);
    bad(
        Where.class,
        () -> Tensor.where(Tensor.zeros(2), Tensor.zeros(2), Tensor.ones(2)),
        "holds FLOAT32, expected BOOL");
  }

  private void unary(String variant, int... dims) {
    add(new Neg(), variant, normal(dims));
    add(new Exp(), variant, normal(dims));
    add(new Log(), variant, positive(dims));
    add(new Sqrt(), variant, positive(dims));
    add(new Sin(), variant, normal(dims));
    add(new Cos(), variant, normal(dims));
    add(new Square(), variant, normal(dims));
    add(new Expm1(), variant, normal(dims));
    add(new Atan(), variant, normal(dims));
    add(new Sinh(), variant, normal(dims));
    add(new Cosh(), variant, normal(dims));
    add(new Asinh(), variant, normal(dims));
    add(new Erf(), variant, normal(dims));
    add(new Abs(), variant, awayFromZero(dims));
    add(new Sign(), variant, awayFromZero(dims));
    add(new Reciprocal(), variant, positive(dims));
    add(new Rsqrt(), variant, positive(dims));
    add(new Log1p(), variant, positive(dims));
    add(new Log2(), variant, positive(dims));
    add(new Log10(), variant, positive(dims));
    add(new Floor(), variant, betweenSteps(dims));
    add(new Ceil(), variant, betweenSteps(dims));
    add(new Trunc(), variant, betweenSteps(dims));
    add(new Round(), variant, betweenSteps(dims));
    add(new Tan(), variant, within(0.7, dims));
    add(new Erfinv(), variant, within(0.7, dims));
    add(new Asin(), variant, within(0.7, dims));
    add(new Acos(), variant, within(0.7, dims));
    add(new Atanh(), variant, within(0.7, dims));
    add(new Acosh(), variant, above(1.5, dims));
    add(new Clamp(-0.55f, 0.45f), variant, betweenSteps(dims));
  }

  private void binary(String variant, int[] a, int[] b) {
    add(new Add(), variant, normal(a), normal(b));
    add(new Sub(), variant, normal(a), normal(b));
    add(new Mul(), variant, normal(a), normal(b));
    add(new Div(), variant, normal(a), positive(b));
    add(new Maximum(), variant, quarters(0, a), quarters(0.1, b));
    add(new Maximum.Share(), variant, quarters(0, a), quarters(0.1, b));
    add(new Minimum(), variant, quarters(0, a), quarters(0.1, b));
    add(new Atan2(), variant, normal(a), positive(b));
    add(new Pow(), variant, positive(a), normal(b));
    add(new Pow.BaseGradient(), variant, positive(a), positive(b));
    add(new Pow.ExponentGradient(), variant, positive(a), positive(b));
  }
}
