package dev.lanewise.kernel.vector;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * All of memory as one segment: a kernel reads and writes through {@link #ALL} at raw addresses.
 *
 * <p>A segment in a static final field is a constant to the compiler, so an access at an address is
 * one machine instruction; the same loop over segments passed as arguments runs at two thirds of
 * the speed. Nothing here checks bounds: who computes an address answers for it.
 */
public final class Mem {
  /** Every address from 0 on; an offset into it is an absolute address. */
  public static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  /** The byte order of this machine, which is that of every buffer. */
  public static final ByteOrder ORDER = ByteOrder.nativeOrder();

  /** One float at any address. */
  public static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

  /** One int at any address. */
  public static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;

  /** One long at any address. */
  public static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

  /**
   * No address has a bit above these. Where {@code address & ADDRESS_BITS} is accessed, the
   * compiler sees that it is not negative, even after a small constant is added, and leaves out the
   * bounds check: a comparison and a branch for every access, up to a third of a loop's time.
   */
  public static final long ADDRESS_BITS = (1L << 57) - 1;

  static {
    loadEveryKindOfAccess();
  }

  private Mem() {}

  /**
   * The compiler counts on there being no other kind of segment or access than those loaded so far.
   * When one comes later, with the first copy from an array for example, it throws all compiled
   * kernels away, and what it compiles in the midst of the work boxes vectors now and then.
   */
  private static void loadEveryKindOfAccess() {
    for (MemorySegment segment :
        new MemorySegment[] {
          MemorySegment.ofArray(new byte[16]),
          MemorySegment.ofArray(new int[4]),
          MemorySegment.ofArray(new float[4]),
          MemorySegment.ofArray(new long[2]),
          Arena.ofAuto().allocate(16)
        }) {
      segment.set(ValueLayout.JAVA_BYTE, 0, segment.get(ValueLayout.JAVA_BYTE, 0));
      segment.set(INT, 0, segment.get(INT, 0));
      segment.set(FLOAT, 0, segment.get(FLOAT, 0));
      segment.set(LONG, 0, segment.get(LONG, 0));
    }
  }

  /** The float at an address. */
  public static float get(long address) {
    return ALL.get(FLOAT, address);
  }

  /** Writes the float at an address. */
  public static void set(long address, float value) {
    ALL.set(FLOAT, address, value);
  }
}
