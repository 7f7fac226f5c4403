package dev.lanewise.kernel.team;

import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.kernel.vector.Mem;
import dev.lanewise.memory.Block;
import dev.lanewise.memory.Pool;

/**
 * A few kilobytes of off-heap memory for every thread, for what a kernel needs between two steps on
 * the same thread. Nobody may hold it across a call that uses it, too.
 */
public final class Scratch {
  /** Bytes that a thread has: two tiles of vectors. */
  public static final int BYTES = 2 * Lanes.L * Lanes.BYTES;

  private static final ThreadLocal<Scratch> CURRENT = ThreadLocal.withInitial(Scratch::new);

  private Block block = allocate(BYTES);

  private Scratch() {}

  private Block allocate(long bytes) {
    return Pool.global().allocate(bytes, "kernel scratch").freeWithOwner(this);
  }

  /** The address of this thread's memory. */
  public static long address() {
    return CURRENT.get().block.address();
  }

  /** The address of this thread's memory, grown to at least {@code bytes}. */
  public static long address(long bytes) {
    Scratch scratch = CURRENT.get();
    if (scratch.block.bytes() < bytes) {
      scratch.block.free();
      scratch.block = scratch.allocate(bytes);
    }
    return scratch.block.address();
  }

  /** Copies fewer floats than a vector has, one by one. */
  public static void copyFew(long from, long to, int n) {
    for (int i = 0; i < n; i++) {
      Mem.ALL.set(Mem.INT, to + (long) i * 4, Mem.ALL.get(Mem.INT, from + (long) i * 4));
    }
  }
}
