package dev.lanewise.kernel.elementwise;

import dev.lanewise.kernel.team.Chunks;
import dev.lanewise.kernel.vector.Mem;
import dev.lanewise.kernel.vector.Operand;
import java.lang.foreign.ValueLayout;

/** Elements of one type written as another one. */
public final class Conversion {
  /** How an element lies in memory. */
  public enum Type {
    /** A float. */
    FLOAT32,
    /** A long. */
    INT64,
    /** An int. */
    INT32,
    /** A byte without sign. */
    UINT8,
    /** A byte, 0 or 1; everything but 0 becomes 1. */
    BOOL
  }

  private Conversion() {}

  /**
   * y[i] = x[i] in another type: floats are cut towards zero, too large integers lose high bits.
   */
  public static void convert(Operand x, Type from, Operand y, Type to, long n) {
    long source = Operand.address(x);
    long target = Operand.address(y);
    Chunks.run(
        n,
        1,
        (first, end) -> {
          for (long i = first; i < end; i++) {
            if (from == Type.FLOAT32) {
              float value = Mem.get(source + i * 4);
              if (to == Type.FLOAT32) {
                Mem.set(target + i * 4, value);
              } else {
                write(target, to, i, to == Type.BOOL ? (value != 0 ? 1 : 0) : (long) value);
              }
            } else {
              write(target, to, i, read(source, from, i));
            }
          }
        });
  }

  private static long read(long address, Type type, long i) {
    return switch (type) {
      case INT64 -> Mem.ALL.get(Mem.LONG, address + i * 8);
      case INT32 -> Mem.ALL.get(Mem.INT, address + i * 4);
      default -> Mem.ALL.get(ValueLayout.JAVA_BYTE, address + i) & 0xff;
    };
  }

  private static void write(long address, Type type, long i, long value) {
    switch (type) {
      case FLOAT32 -> Mem.set(address + i * 4, value);
      case INT64 -> Mem.ALL.set(Mem.LONG, address + i * 8, value);
      case INT32 -> Mem.ALL.set(Mem.INT, address + i * 4, (int) value);
      case UINT8 -> Mem.ALL.set(ValueLayout.JAVA_BYTE, address + i, (byte) value);
      case BOOL -> Mem.ALL.set(ValueLayout.JAVA_BYTE, address + i, (byte) (value != 0 ? 1 : 0));
    }
  }
}
