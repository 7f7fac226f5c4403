package dev.lanewise.kernel.elementwise;

import dev.lanewise.kernel.vector.Mem;
import dev.lanewise.kernel.vector.Operand;
import java.lang.foreign.ValueLayout;

/** The scalar twin of {@link StridedCopy}. */
public final class ScalarStridedCopy {
  private ScalarStridedCopy() {}

  static long count(int[] dims) {
    long count = 1;
    for (int dim : dims) {
      count *= dim;
    }
    return count;
  }

  /** Where the element at a place of the row-major order stands. */
  static long offset(long position, long[] strides, int[] dims) {
    long offset = 0;
    long rest = position;
    for (int i = dims.length - 1; i >= 0; i--) {
      offset += rest % dims[i] * strides[i];
      rest /= dims[i];
    }
    return offset;
  }

  /** See {@link StridedCopy#copy}. */
  public static void copy(Operand x, long[] strides, int[] dims, Operand y, int elementBytes) {
    for (long i = 0; i < count(dims); i++) {
      move(
          Operand.address(x) + offset(i, strides, dims) * elementBytes,
          Operand.address(y) + i * elementBytes,
          elementBytes);
    }
  }

  /** See {@link StridedCopy#scatter}. */
  public static void scatter(Operand x, Operand y, long[] yStrides, int[] dims, int elementBytes) {
    for (long i = 0; i < count(dims); i++) {
      move(
          Operand.address(x) + i * elementBytes,
          Operand.address(y) + offset(i, yStrides, dims) * elementBytes,
          elementBytes);
    }
  }

  /** See {@link StridedCopy#scatterAdd}. */
  public static void scatterAdd(Operand x, Operand y, long[] yStrides, int[] dims) {
    for (long i = 0; i < count(dims); i++) {
      long at = Operand.address(y) + offset(i, yStrides, dims) * 4;
      Mem.set(at, Mem.get(at) + Mem.get(Operand.address(x) + i * 4));
    }
  }

  private static void move(long from, long to, int bytes) {
    for (int i = 0; i < bytes; i++) {
      Mem.ALL.set(ValueLayout.JAVA_BYTE, to + i, Mem.ALL.get(ValueLayout.JAVA_BYTE, from + i));
    }
  }
}
