package dev.lanewise.memory;

import org.jspecify.annotations.Nullable;

/**
 * Where the addresses of a pool come from: blocks that wait, by size class, and stretches of
 * address space that new ones are cut from. Guarded by the pool's lock.
 */
final class FreeBlocks {
  /** Blocks below this size are carved out of pieces of {@link #SMALL_SLAB} bytes. */
  private static final long SMALL = 512L << 10;

  private static final long SMALL_SLAB = 2L << 20;

  /**
   * Blocks below this size are carved out of slabs, so that huge pages cover them to the last byte;
   * the larger ones are whole numbers of huge pages by their class.
   */
  private static final long LARGE = NativePages.lazy() ? 16L << 20 : 1L << 20;

  private static final long SLAB = NativePages.lazy() ? 64L << 20 : 4L << 20;

  /** From this size on the physical memory of a waiting block can be given back. */
  private static final long TRIMMABLE = 1L << 20;

  /** A stretch of address space that blocks are cut from. */
  private static final class Region {
    long next;
    long end;
  }

  private final @Nullable FreeList[] lists = new FreeList[SizeClasses.COUNT];
  private final Region smallSlab = new Region();
  private final Region slab = new Region();

  /** The list of a size class. */
  FreeList list(int sizeClass) {
    FreeList list = lists[sizeClass];
    if (list == null) {
      list = new FreeList();
      lists[sizeClass] = list;
    }
    return list;
  }

  /** Whether a block of this class waits that keeps its physical memory. */
  boolean hasWarm(int sizeClass) {
    FreeList list = lists[sizeClass];
    return list != null && list.warm.size() > 0;
  }

  /** The address of a block that holds no physical memory yet, or 0. */
  long fresh(int sizeClass) {
    FreeList list = list(sizeClass);
    if (list.cold.size() > 0) {
      return list.cold.pop();
    }
    long size = SizeClasses.bytes(sizeClass);
    if (size >= LARGE) {
      return NativePages.reserve(size);
    }
    Region region = size < SMALL ? smallSlab : slab;
    if (region.end - region.next < size) {
      int fragment = coldFragment(sizeClass, size < SMALL ? SMALL : LARGE);
      long length = fragment >= 0 ? SizeClasses.bytes(fragment) : size < SMALL ? SMALL_SLAB : SLAB;
      long start;
      if (fragment >= 0) {
        start = list(fragment).cold.pop();
      } else if (size < SMALL) {
        start = fresh(SizeClasses.index(length));
      } else {
        start = NativePages.reserve(length);
      }
      if (start == 0) {
        return 0;
      }
      keepRemainder(region);
      region.next = start;
      region.end = start + length;
    }
    long address = region.next;
    region.next += size;
    return address;
  }

  /** The smallest class above this one, and below a size, that has an untouched block; or -1. */
  private int coldFragment(int sizeClass, long below) {
    for (int larger = sizeClass + 1; SizeClasses.bytes(larger) < below; larger++) {
      FreeList list = lists[larger];
      if (list != null && list.cold.size() > 0) {
        return larger;
      }
    }
    return -1;
  }

  /** Turns what is left of a region, too small for the size wanted, into blocks of other sizes. */
  private void keepRemainder(Region region) {
    while (region.end - region.next >= 64) {
      int sizeClass = SizeClasses.floorIndex(region.end - region.next);
      list(sizeClass).cold.push(region.next);
      region.next += SizeClasses.bytes(sizeClass);
    }
  }

  /**
   * Gives physical memory of waiting blocks back until this many bytes are gained, the largest
   * blocks first.
   *
   * @return how many were
   */
  long trim(long wanted) {
    if (!NativePages.lazy()) {
      return 0;
    }
    long gained = 0;
    for (int sizeClass = SizeClasses.COUNT - 1; sizeClass >= 0 && gained < wanted; sizeClass--) {
      long size = SizeClasses.bytes(sizeClass);
      if (size < TRIMMABLE) {
        break;
      }
      FreeList list = lists[sizeClass];
      while (list != null && list.warm.size() > 0 && gained < wanted) {
        if (!NativePages.discard(list.warm.peek(), size)) {
          return gained;
        }
        list.cold.push(list.warm.pop());
        gained += size;
      }
    }
    return gained;
  }
}
