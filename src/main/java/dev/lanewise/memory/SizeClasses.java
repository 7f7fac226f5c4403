package dev.lanewise.memory;

/**
 * The block sizes of the pool: multiples of 64 bytes up to 512, then eight geometric steps per
 * power of two, so that a block is at most an eighth larger than what was asked for (from 512 bytes
 * on).
 */
final class SizeClasses {
  private static final int FIRST_EXPONENT = 9;
  private static final int LAST_EXPONENT = 46;

  /** The number of size classes. */
  static final int COUNT = 8 + (LAST_EXPONENT - FIRST_EXPONENT) * 8;

  /** The largest size of a block: 64 TB. */
  static final long MAX_BYTES = 1L << LAST_EXPONENT;

  private SizeClasses() {}

  /** The smallest class that holds this many bytes (0 to {@link #MAX_BYTES}). */
  static int index(long bytes) {
    if (bytes <= 512) {
      return bytes == 0 ? 0 : (int) ((bytes - 1) >> 6);
    }
    int exponent = 63 - Long.numberOfLeadingZeros(bytes - 1);
    return (exponent - FIRST_EXPONENT) * 8 + (int) ((bytes - 1) >> (exponent - 3));
  }

  /** The largest class that fits into this many bytes (64 to {@link #MAX_BYTES}). */
  static int floorIndex(long bytes) {
    int index = index(bytes);
    return bytes(index) > bytes ? index - 1 : index;
  }

  /** The size of the blocks of a class. */
  static long bytes(int index) {
    if (index < 8) {
      return (index + 1) * 64L;
    }
    int step = index - 8;
    return (9L + (step & 7)) << (FIRST_EXPONENT - 3 + (step >> 3));
  }
}
