package dev.lanewise.kernel.elementwise;

import dev.lanewise.kernel.vector.Mem;
import dev.lanewise.kernel.vector.Operand;
import org.jspecify.annotations.Nullable;

/** The scalar twin of {@link Elementwise}, by the scalar forms of the formulas. */
public final class ScalarElementwise {
  private ScalarElementwise() {}

  /** See {@link Elementwise#unary}. */
  public static void unary(UnaryFormula op, Operand x, Operand y, long n) {
    long from = Operand.address(x);
    long to = Operand.address(y);
    for (long i = 0; i < n; i++) {
      Mem.set(to + i * 4, op.f(Mem.get(from + i * 4)));
    }
  }

  /** See {@link Elementwise#unaryGradient}. */
  public static void unaryGradient(
      UnaryFormula op, @Nullable Operand x, @Nullable Operand y, Operand dy, Operand dx, long n) {
    for (long i = 0; i < n; i++) {
      float input = x != null ? Mem.get(Operand.address(x) + i * 4) : Float.NaN;
      float output = y != null ? Mem.get(Operand.address(y) + i * 4) : Float.NaN;
      float slope = op.df(input, output);
      Mem.set(Operand.address(dx) + i * 4, Mem.get(Operand.address(dy) + i * 4) * slope);
    }
  }

  /** See {@link Elementwise#binary}. */
  public static void binary(
      BinaryFormula op,
      Operand a,
      long[] aStrides,
      Operand b,
      long[] bStrides,
      Operand y,
      int[] dims) {
    long to = Operand.address(y);
    long n = ScalarStridedCopy.count(dims);
    for (long i = 0; i < n; i++) {
      float left = Mem.get(Operand.address(a) + ScalarStridedCopy.offset(i, aStrides, dims) * 4);
      float right = Mem.get(Operand.address(b) + ScalarStridedCopy.offset(i, bStrides, dims) * 4);
      Mem.set(to + i * 4, op.f(left, right));
    }
  }

  /** See {@link Elementwise#fill}. */
  public static void fill(Operand y, float value, long n) {
    for (long i = 0; i < n; i++) {
      Mem.set(Operand.address(y) + i * 4, value);
    }
  }

  /** See {@link Elementwise#accumulate}. */
  public static void accumulate(Operand y, Operand x, long n) {
    for (long i = 0; i < n; i++) {
      long at = Operand.address(y) + i * 4;
      Mem.set(at, Mem.get(at) + Mem.get(Operand.address(x) + i * 4));
    }
  }

  /** See {@link Elementwise#scale}. */
  public static void scale(Operand y, float factor, long n) {
    for (long i = 0; i < n; i++) {
      long at = Operand.address(y) + i * 4;
      Mem.set(at, Mem.get(at) * factor);
    }
  }
}
