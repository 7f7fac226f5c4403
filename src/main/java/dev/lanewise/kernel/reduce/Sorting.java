package dev.lanewise.kernel.reduce;

import dev.lanewise.kernel.team.Chunks;
import dev.lanewise.kernel.vector.Mem;
import dev.lanewise.kernel.vector.Operand;
import java.util.Arrays;

/** The order of the elements of rows. */
public final class Sorting {
  private Sorting() {}

  /**
   * Writes for each row the columns in the order of its elements; equal ones keep their order, and
   * NaN is larger than everything.
   *
   * <p>A float becomes an integer of the same order, and the column stands below it in one long: so
   * the JDK's sort of primitives is stable.
   *
   * @param x rows * columns floats
   * @param index as many 64-bit integers, overwritten
   * @param descending whether the largest comes first
   */
  public static void order(Operand x, Operand index, long rows, int columns, boolean descending) {
    long from = Operand.address(x);
    long to = Operand.address(index);
    Chunks.run(
        rows,
        columns * 8L,
        (first, end) -> {
          long[] keys = new long[columns];
          for (long row = first; row < end; row++) {
            for (int i = 0; i < columns; i++) {
              int key = ascending(Mem.get(from + (row * columns + i) * 4));
              keys[i] = (long) (descending ? ~key : key) << 32 | i;
            }
            Arrays.sort(keys);
            for (int i = 0; i < columns; i++) {
              Mem.ALL.set(Mem.LONG, to + (row * columns + i) * 8, keys[i] & 0xffffffffL);
            }
          }
        });
  }

  /** An integer in the order of the floats: of negative ones all bits but the sign are reversed. */
  private static int ascending(float value) {
    // Zeros are equal, whatever their sign.
    int bits = Float.floatToIntBits(value == 0 ? 0f : value);
    return bits ^ (bits >> 31 & 0x7fffffff);
  }
}
