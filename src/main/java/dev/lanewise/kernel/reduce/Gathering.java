package dev.lanewise.kernel.reduce;

import dev.lanewise.kernel.elementwise.Elementwise;
import dev.lanewise.kernel.vector.Mem;
import dev.lanewise.kernel.vector.Operand;

/** Picks and places elements by integer indices. Indices are checked by the caller. */
public final class Gathering {
  private Gathering() {}

  /**
   * y[i] = x[i][index[i]] for {@code rows} rows of {@code columns}; index holds 64-bit integers.
   */
  public static void gatherRows(Operand x, Operand index, Operand y, long rows, long columns) {
    long from = Operand.address(x);
    long at = Operand.address(index);
    long to = Operand.address(y);
    for (long i = 0; i < rows; i++) {
      long column = Mem.ALL.get(Mem.LONG, at + i * 8);
      Mem.set(to + i * 4, Mem.get(from + (i * columns + column) * 4));
    }
  }

  /** y = 0 but for y[i][index[i]] = x[i]: {@code rows} rows of {@code columns}. */
  public static void scatterRows(Operand x, Operand index, Operand y, long rows, long columns) {
    long from = Operand.address(x);
    long at = Operand.address(index);
    long to = Operand.address(y);
    Elementwise.fill(y, 0, rows * columns);
    for (long i = 0; i < rows; i++) {
      long column = Mem.ALL.get(Mem.LONG, at + i * 8);
      Mem.set(to + (i * columns + column) * 4, Mem.get(from + i * 4));
    }
  }
}
