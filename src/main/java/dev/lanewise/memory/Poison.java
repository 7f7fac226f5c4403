package dev.lanewise.memory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Locale;

/** The pattern of freed memory: a NaN as float, and an eye-catcher as integer. */
final class Poison {
  static final int PATTERN = 0x7fc0dead;

  /** The whole address space, cut at the addresses of blocks only. */
  private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private Poison() {}

  /** Fills a block; its size is a multiple of 64. */
  static void fill(long address, long bytes) {
    for (long offset = 0; offset < bytes; offset += 4) {
      ALL.set(ValueLayout.JAVA_INT, address + offset, PATTERN);
    }
  }

  /** The offset of the first word that is not the pattern, or -1. */
  static long firstDifference(long address, long bytes) {
    for (long offset = 0; offset < bytes; offset += 4) {
      if (ALL.get(ValueLayout.JAVA_INT, address + offset) != PATTERN) {
        return offset;
      }
    }
    return -1;
  }

  /** The word at an offset. */
  static int word(long address, long offset) {
    return ALL.get(ValueLayout.JAVA_INT, address + offset);
  }

  /**
   * Checks that nobody has written to a freed block.
   *
   * @throws IllegalStateException that says where, and who held it last
   */
  static void check(long address, long bytes, String label) {
    long offset = firstDifference(address, bytes);
    if (offset >= 0) {
      long found = word(address, offset);
      // Restored, so that the report comes once and not at every later reuse.
      fill(address, bytes);
      throw new IllegalStateException(
          String.format(
              Locale.ROOT,
              "A freed block of %d bytes was written to: at offset %d stands 0x%08x; '%s' held it"
                  + " last.",
              bytes,
              offset,
              found,
              label));
    }
  }
}
