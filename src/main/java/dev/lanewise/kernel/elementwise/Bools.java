package dev.lanewise.kernel.elementwise;

import static dev.lanewise.kernel.vector.Lanes.F;
import static dev.lanewise.kernel.vector.Lanes.L;

import dev.lanewise.kernel.team.Chunks;
import dev.lanewise.kernel.vector.Mem;
import dev.lanewise.kernel.vector.Operand;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** Truth values, a byte each (0 or 1): made from floats, combined, and used to choose. */
public final class Bools {
  /** The lowest bit of every byte: a mask spread over bytes, or collected from them. */
  private static final long EACH_BYTE = 0x0101010101010101L;

  private static final ValueLayout.OfLong BYTES =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final ValueLayout.OfInt FOUR_BYTES =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private Bools() {}

  /** y[i] = x[i] ≠ 0 (true for NaN). */
  public static void fromFloats(Operand x, Operand y, long n) {
    long from = Operand.address(x);
    long to = Operand.address(y);
    Chunks.run(n, 1, (start, end) -> fromFloats(from + start * 4, to + start, (int) (end - start)));
  }

  private static void fromFloats(long x, long y, int n) {
    int bound = F.loopBound(n);
    for (int i = 0; i < bound; i += L) {
      long bits =
          FloatVector.fromMemorySegment(F, Mem.ALL, x + (long) i * 4, Mem.ORDER)
              .compare(VectorOperators.NE, 0)
              .toLong();
      spread(bits, y + i);
    }
    for (int i = bound; i < n; i++) {
      Mem.ALL.set(ValueLayout.JAVA_BYTE, y + i, (byte) (Mem.get(x + (long) i * 4) != 0 ? 1 : 0));
    }
  }

  private static void spread(long bits, long y) {
    if (L == 4) {
      Mem.ALL.set(FOUR_BYTES, y, (int) Long.expand(bits, EACH_BYTE));
      return;
    }
    for (int i = 0; i < L; i += 8) {
      Mem.ALL.set(BYTES, y + i, Long.expand(bits >>> i, EACH_BYTE));
    }
  }

  private static VectorMask<Float> collect(long x) {
    if (L == 4) {
      return VectorMask.fromLong(F, Long.compress(Mem.ALL.get(FOUR_BYTES, x), EACH_BYTE));
    }
    long bits = 0;
    for (int i = 0; i < L; i += 8) {
      bits |= Long.compress(Mem.ALL.get(BYTES, x + i), EACH_BYTE) << i;
    }
    return VectorMask.fromLong(F, bits);
  }

  /** y[i] = condition[i] ? a[i] : b[i]. */
  public static void select(Operand condition, Operand a, Operand b, Operand y, long n) {
    long choice = Operand.address(condition);
    long yes = Operand.address(a);
    long no = Operand.address(b);
    long to = Operand.address(y);
    Chunks.run(
        n,
        1,
        (start, end) ->
            select(
                choice + start,
                yes + start * 4,
                no + start * 4,
                to + start * 4,
                (int) (end - start)));
  }

  private static void select(long condition, long a, long b, long y, int n) {
    int bound = F.loopBound(n);
    for (int i = 0; i < bound; i += L) {
      long offset = (long) i * 4;
      FloatVector.fromMemorySegment(F, Mem.ALL, b + offset, Mem.ORDER)
          .blend(
              FloatVector.fromMemorySegment(F, Mem.ALL, a + offset, Mem.ORDER),
              collect(condition + i))
          .intoMemorySegment(Mem.ALL, y + offset, Mem.ORDER);
    }
    for (int i = bound; i < n; i++) {
      boolean yes = Mem.ALL.get(ValueLayout.JAVA_BYTE, condition + i) != 0;
      Mem.set(y + (long) i * 4, Mem.get((yes ? a : b) + (long) i * 4));
    }
  }

  /** y[i] = condition[i] ? 1 : 0 as floats. */
  public static void toFloats(Operand condition, Operand y, long n) {
    long from = Operand.address(condition);
    long to = Operand.address(y);
    Chunks.run(n, 1, (start, end) -> toFloats(from + start, to + start * 4, (int) (end - start)));
  }

  private static void toFloats(long x, long y, int n) {
    int bound = F.loopBound(n);
    for (int i = 0; i < bound; i += L) {
      FloatVector.zero(F)
          .blend(1, collect(x + i))
          .intoMemorySegment(Mem.ALL, y + (long) i * 4, Mem.ORDER);
    }
    for (int i = bound; i < n; i++) {
      Mem.set(y + (long) i * 4, Mem.ALL.get(ValueLayout.JAVA_BYTE, x + i) != 0 ? 1 : 0);
    }
  }
}
