package dev.lanewise.kernel.elementwise;

import static dev.lanewise.kernel.vector.Lanes.L;

import dev.lanewise.kernel.vector.Mem;
import dev.lanewise.kernel.vector.Operand;

/** The scalar twin of {@link KeptBits}. */
public final class ScalarKeptBits {
  private ScalarKeptBits() {}

  /** See {@link KeptBits#relu}. */
  public static void relu(Operand x, Operand mask, Operand y, long n) {
    for (long at = 0; at < KeptBits.maskBytes(n); at += 4) {
      Mem.ALL.set(Mem.INT, Operand.address(mask) + at, 0);
    }
    for (long i = 0; i < n; i++) {
      float value = Math.max(Mem.get(Operand.address(x) + i * 4), 0);
      Mem.set(Operand.address(y) + i * 4, value);
      if (!(value <= 0)) {
        long word = word(mask, i);
        Mem.ALL.set(Mem.INT, word, Mem.ALL.get(Mem.INT, word) | bit(i));
      }
    }
  }

  /** See {@link KeptBits#select}. */
  public static void select(Operand x, Operand mask, Operand y, long n, float scale) {
    for (long i = 0; i < n; i++) {
      boolean kept = (Mem.ALL.get(Mem.INT, word(mask, i)) & bit(i)) != 0;
      Mem.set(Operand.address(y) + i * 4, kept ? scale * Mem.get(Operand.address(x) + i * 4) : 0);
    }
  }

  /** Where the bit of an element lies: lane by lane, for vectors that follow each other. */
  private static long word(Operand mask, long i) {
    return Operand.address(mask) + (i / L / KeptBits.SHARING * L + i % L) * 4;
  }

  private static int bit(long i) {
    return Integer.MIN_VALUE >>> i / L % KeptBits.SHARING;
  }
}
