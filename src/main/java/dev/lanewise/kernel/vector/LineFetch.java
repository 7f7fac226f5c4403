package dev.lanewise.kernel.vector;

import static dev.lanewise.kernel.vector.Lanes.BYTES;
import static dev.lanewise.kernel.vector.Lanes.F;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * Brings cache lines that are needed soon, while something else is computed: by stores without
 * lanes, which write nothing, but for which the processor fetches the line without waiting for it.
 * With vectors of less than a line such a store takes many instructions, so nothing is fetched.
 */
public final class LineFetch {
  private static final int LINE = 64;

  private static final boolean AVAILABLE = BYTES == LINE;

  private static final FloatVector ZERO = FloatVector.zero(F);
  private static final VectorMask<Float> NO_LANES = F.maskAll(false);

  private LineFetch() {}

  /**
   * Fetches rows of whole lines, which must be memory: of others it takes microseconds to find out.
   *
   * @param stride bytes from a row to the next
   * @param bytes of a row
   */
  public static void rows(long address, long stride, int rows, int bytes) {
    if (!AVAILABLE) {
      return;
    }
    for (int row = 0; row < rows; row++) {
      long at = address + row * stride;
      for (int i = 0; i < bytes; i += LINE) {
        ZERO.intoMemorySegment(Mem.ALL, at + i & Mem.ADDRESS_BITS, Mem.ORDER, NO_LANES);
      }
    }
  }
}
