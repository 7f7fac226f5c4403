package dev.lanewise.memory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

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
}
