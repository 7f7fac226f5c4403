package dev.lanewise.kernel.elementwise;

import static dev.lanewise.kernel.vector.Lanes.F;
import static dev.lanewise.kernel.vector.Lanes.L;

import dev.lanewise.kernel.team.Chunks;
import dev.lanewise.kernel.vector.Mem;
import dev.lanewise.kernel.vector.Operand;
import java.util.concurrent.atomic.AtomicBoolean;
import jdk.incubator.vector.FloatVector;

/** Looks for NaN and infinity. */
public final class Finite {
  private Finite() {}

  /** Whether none of the first n floats is NaN or infinite. */
  public static boolean all(Operand x, long n) {
    long address = Operand.address(x);
    AtomicBoolean found = new AtomicBoolean();
    Chunks.run(
        n,
        1,
        (from, to) -> {
          if (!range(address + from * Float.BYTES, to - from)) {
            found.set(true);
          }
        });
    return !found.get();
  }

  /** Zero times a number is zero, but NaN where that is NaN or infinite; and NaN stays in a sum. */
  private static boolean range(long address, long n) {
    FloatVector zero = FloatVector.zero(F);
    FloatVector sum = FloatVector.zero(F);
    long whole = n - n % L;
    for (long i = 0; i < whole; i += L) {
      sum = FloatVector.fromMemorySegment(F, Mem.ALL, address + i * 4, Mem.ORDER).fma(zero, sum);
    }
    float rest = 0;
    for (long i = whole; i < n; i++) {
      rest += 0 * Mem.get(address + i * 4);
    }
    return rest == 0 && sum.eq(0).allTrue();
  }
}
