package dev.lanewise.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.HeapMeter;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class PoolTest {
  private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
  private static final long KB = 1L << 10;
  private static final long MB = 1L << 20;

  private final Pool pool = new Pool(256 * MB, false);

  @Test
  void blocksAreAlignedAndLargeEnough() {
    for (long bytes : new long[] {0, 1, 63, 64, 65, 513, 4097, 100_000, 3 * MB + 4, 17 * MB}) {
      for (int i = 0; i < 3; i++) {
        Block block = pool.allocate(bytes, "test");
        assertEquals(0, block.address() % 64);
        assertTrue(block.bytes() >= bytes);
        assertTrue(block.bytes() <= Math.max(64, bytes + Math.max(63, bytes / 8)), "waste");
        ALL.set(ValueLayout.JAVA_BYTE, block.address(), (byte) 1);
        ALL.set(ValueLayout.JAVA_BYTE, block.address() + block.bytes() - 1, (byte) 1);
      }
    }
  }

  @Test
  void aFreedBlockIsReusedAtOnce() {
    Block first = pool.allocate(1000, "a");
    final long address = first.address();
    first.free();
    Block second = pool.allocate(1010, "b");
    assertEquals(address, second.address());
    assertEquals(1, pool.allocations());
    assertEquals(1, pool.reuses());
    assertNotSame(first, second);
  }

  @Test
  void aStaleReferenceIsNotAlive() {
    Block first = pool.allocate(1000, "conv2d");
    first.free();
    Block second = pool.allocate(1000, "relu");
    assertTrue(first.isFree());
    var error = assertThrows(IllegalStateException.class, first::address);
    assertEquals("The block of 'conv2d' is used after free().", error.getMessage());
    first.free();
    assertFalse(second.isFree());
    assertNotEquals(second.address(), pool.allocate(1000, "relu").address());
  }

  @Test
  void freeingTwiceDoesNothing() {
    Block block = pool.allocate(1000, "a");
    block.free();
    block.free();
    assertEquals(0, pool.usedBytes());
    Block one = pool.allocate(1000, "a");
    Block two = pool.allocate(1000, "a");
    assertNotEquals(one.address(), two.address());
  }

  @Test
  void countersFollowUse() {
    Block small = pool.allocate(64, "small");
    Block large = pool.allocate(4 * MB, "large");
    assertEquals(4 * MB + 64, pool.usedBytes());
    assertEquals(4 * MB + 64, pool.peakBytes());
    assertEquals(4 * MB + 64, pool.reservedBytes());
    large.free();
    assertEquals(64, pool.usedBytes());
    assertEquals(4 * MB + 64, pool.peakBytes());
    pool.resetPeak();
    assertEquals(64, pool.peakBytes());
    assertEquals(4 * MB + 64, pool.reservedBytes());
    pool.allocate(4 * MB, "again");
    assertEquals(4 * MB + 64, pool.reservedBytes());
    assertEquals(2, pool.allocations());
    assertEquals(1, pool.reuses());
    small.free();
    String report = pool.report();
    assertTrue(report.startsWith("4.0 MB in 1 blocks, peak 4.0 MB, "), report);
    assertTrue(report.contains("limit 256.0 MB, 2 fresh, 1 reused"), report);
    assertTrue(report.contains("again"), report);
    assertFalse(report.contains("large"), report);
  }

  @Test
  void badArgumentsAreNamed() {
    assertEquals(
        "'a' asks for -1 bytes; a size must not be negative.",
        assertThrows(IllegalArgumentException.class, () -> pool.allocate(-1, "a")).getMessage());
    assertEquals(
        "The memory limit is 0 bytes; it must be above 0.",
        assertThrows(IllegalArgumentException.class, () -> pool.setLimit(0)).getMessage());
    assertThrows(OutOfPoolMemoryException.class, () -> pool.allocate(Long.MAX_VALUE, "a"));
  }

  @Test
  void overTheLimitTheMessageSaysWhoHoldsWhat() {
    for (int i = 0; i < 7; i++) {
      for (int j = 0; j <= i; j++) {
        pool.allocate(8 * MB, "op" + i);
      }
    }
    var error =
        assertThrows(OutOfPoolMemoryException.class, () -> pool.allocate(40 * MB, "matmul"));
    assertEquals(
        "'matmul' asked for 40.0 MB, but the limit does not allow it: 224.0 MB of 256.0 MB are in"
            + " use, most by op6 (7 blocks, 56.0 MB), op5 (6 blocks, 48.0 MB), op4 (5 blocks,"
            + " 40.0 MB), op3 (4 blocks, 32.0 MB), op2 (3 blocks, 24.0 MB); raise"
            + " lanewise.memory.limit, or use smaller batches.",
        error.getMessage());
    pool.setLimit(512 * MB);
    assertEquals(512 * MB, pool.limitBytes());
    pool.allocate(40 * MB, "matmul");
  }

  @Test
  void waitingBlocksOfOtherSizesMakeRoom() {
    Assumptions.assumeTrue(NativePages.lazy(), "this system cannot take memory back");
    for (int i = 0; i < 10; i++) {
      Block block = pool.allocate((20 + 4 * i) * MB, "size" + i); // 380 MB in all
      touch(block);
      block.free();
      assertTrue(pool.reservedBytes() <= 256 * MB);
    }
  }

  @Test
  void trimmedMemoryCanBeUsedAgain() {
    Assumptions.assumeTrue(NativePages.lazy(), "this system cannot take memory back");
    Block first = pool.allocate(128 * MB, "a");
    touch(first);
    first.free();
    Block other = pool.allocate(192 * MB, "b");
    touch(other);
    other.free();
    Block again = pool.allocate(128 * MB, "c");
    touch(again);
    assertEquals(128 * MB, pool.usedBytes());
    assertTrue(pool.reservedBytes() <= 256 * MB);
    assertEquals(3, pool.allocations());
  }

  @Test
  void aLargerWaitingBlockServesWhereNothingElseIsLeft() {
    pool.allocate(128 * MB, "kept");
    for (int i = 0; i < 256; i++) {
      pool.allocate(512 * KB, "half").free(); // one block, again and again
    }
    List<Block> filling = new ArrayList<>();
    while (pool.reservedBytes() < 256 * MB) {
      filling.add(pool.allocate(512 * KB, "filling"));
    }
    filling.getFirst().free(); // too small to be given back to the system
    Block block = pool.allocate(64, "small");
    assertEquals(512 * KB, block.bytes());
  }

  @Test
  void smallBlocksLeaveNoHolesInSlabs() {
    // Blocks of 320 KB do not fill the 2 MB of a slab: the rest must serve smaller blocks.
    Set<Long> slabs = new HashSet<>();
    for (int i = 0; i < 24; i++) {
      slabs.add(pool.allocate(320 * KB, "a").address() / (2 * MB));
    }
    for (int i = 0; i < 8; i++) {
      assertTrue(slabs.contains(pool.allocate(64 * KB, "b").address() / (2 * MB)));
    }
  }

  @Test
  void unreachableOwnersMakeRoom() {
    for (int i = 0; i < 40; i++) {
      Object owner = new Object();
      pool.allocate(32 * MB, "temporary").freeWithOwner(owner); // 1280 MB in all
    }
    assertTrue(pool.usedBytes() <= 256 * MB);
  }

  @Test
  void aReachableOwnerKeepsItsBlock() {
    Object owner = new Object();
    Block kept = pool.allocate(32 * MB, "kept").freeWithOwner(owner);
    ALL.set(ValueLayout.JAVA_INT, kept.address(), 42);
    for (int i = 0; i < 20; i++) {
      pool.allocate(32 * MB, "temporary").freeWithOwner(new Object());
    }
    assertEquals(42, ALL.get(ValueLayout.JAVA_INT, kept.address()));
    kept.free();
    assertTrue(kept.isFree());
    java.lang.ref.Reference.reachabilityFence(owner);
  }

  @Test
  void anOwnerIsNamedOnce() {
    Block block = pool.allocate(64, "a").freeWithOwner(this);
    var error = assertThrows(IllegalStateException.class, () -> block.freeWithOwner("other"));
    assertEquals("The block of 'a' has an owner already.", error.getMessage());
    block.free();
    block.free();
    assertEquals(0, pool.usedBytes());
  }

  @Test
  void growthThatMayBeGarbageAsksTheCollectorBeforeTheLimit() {
    Pool large = new Pool(64L << 30, false);
    for (int i = 0; i < 200; i++) {
      large.allocate(32 * MB, "temporary").freeWithOwner(new Object()); // 6.4 GB in all
    }
    assertTrue(large.peakBytes() <= 3L << 30, large.report());
  }

  @Test
  void poisonFindsAWriteAfterFree() {
    Pool poisoned = new Pool(256 * MB, true);
    Block block = poisoned.allocate(1000, "maxPool2d");
    final long address = block.address();
    assertEquals(Poison.PATTERN, ALL.get(ValueLayout.JAVA_INT, address));
    assertTrue(Float.isNaN(ALL.get(ValueLayout.JAVA_FLOAT, address + 996)));
    ALL.set(ValueLayout.JAVA_INT, address, 1);
    block.free();
    assertEquals(Poison.PATTERN, ALL.get(ValueLayout.JAVA_INT, address));

    Block clean = poisoned.allocate(1000, "linear");
    assertEquals(address, clean.address());
    clean.free();
    ALL.set(ValueLayout.JAVA_INT, address + 12, 7);
    var error = assertThrows(IllegalStateException.class, () -> poisoned.allocate(1000, "relu"));
    assertEquals(
        "A freed block of 1024 bytes was written to: at offset 12 stands 0x00000007; 'linear' held"
            + " it last.",
        error.getMessage());
    assertEquals(address, poisoned.allocate(1000, "relu").address());
  }

  @Test
  void threadsNeverShareABlock() throws Exception {
    Pool shared = new Pool(256 * MB, false);
    List<Callable<Void>> users = new ArrayList<>();
    for (int thread = 0; thread < 4; thread++) {
      int id = thread;
      users.add(() -> {
        allocateAndCheck(shared, id);
        return null;
      });
    }
    try (var executor = Executors.newFixedThreadPool(4)) {
      for (Future<Void> done : executor.invokeAll(users)) {
        done.get();
      }
    }
    assertEquals(0, shared.usedBytes());
    assertEquals(4 * 20_000, shared.allocations() + shared.reuses());
  }

  /** Marks every 64 bytes of each live block with a number of its own, and checks it at the end. */
  private static void allocateAndCheck(Pool pool, int thread) {
    Random random = new Random(thread);
    record Held(Block block, long mark) {}

    List<Held> live = new ArrayList<>();
    for (int i = 0; i < 20_000 || !live.isEmpty(); i++) {
      boolean free = i >= 20_000 || live.size() > 50 || (!live.isEmpty() && random.nextBoolean());
      if (free) {
        Held held = live.remove(random.nextInt(live.size()));
        for (long offset = 0; offset < held.block.bytes(); offset += 64) {
          assertEquals(
              held.mark, ALL.get(ValueLayout.JAVA_LONG, held.block.address() + offset), "overlap");
        }
        held.block.free();
      }
      if (i < 20_000) {
        long mark = ((long) thread << 32) | i;
        Block block = pool.allocate(1L << random.nextInt(16), "thread" + thread);
        for (long offset = 0; offset < block.bytes(); offset += 64) {
          ALL.set(ValueLayout.JAVA_LONG, block.address() + offset, mark);
        }
        live.add(new Held(block, mark));
      }
    }
  }

  @Test
  void racingFreesReturnABlockOnce() throws Exception {
    try (var executor = Executors.newFixedThreadPool(2)) {
      for (int i = 0; i < 2_000; i++) {
        Block block = pool.allocate(256, "a");
        List<Callable<Void>> frees =
            List.of(
                () -> {
                  block.free();
                  return null;
                },
                () -> {
                  block.free();
                  return null;
                });
        executor.invokeAll(frees);
        assertEquals(0, pool.usedBytes());
      }
    }
    Set<Long> addresses = new HashSet<>();
    for (int i = 0; i < 100; i++) {
      assertTrue(addresses.add(pool.allocate(256, "a").address()));
    }
  }

  @Test
  void reuseMakesHardlyAnyGarbage() {
    long before = 0;
    for (int i = 0; i < 20_000; i++) {
      if (i == 10_000) {
        before = HeapMeter.bytes();
      }
      pool.allocate(5000, "a").free();
    }
    long perPair = (HeapMeter.bytes() - before) / 10_000;
    assertTrue(perPair <= 64, perPair + " bytes for each allocation");
  }

  @Test
  void theGlobalPoolHasALimitBelowTheMachine() {
    assertSame(Pool.global(), Pool.global());
    long physical = NativePages.physicalBytes();
    if (physical > 0 && System.getProperty("lanewise.memory.limit") == null) {
      assertTrue(Pool.global().limitBytes() < physical);
    }
    assertTrue(
        Set.of("always", "madvise", "never", "unavailable").contains(Pool.hugePages()),
        Pool.hugePages());
  }

  private static void touch(Block block) {
    for (long offset = 0; offset < block.bytes(); offset += 4096) {
      ALL.set(ValueLayout.JAVA_LONG, block.address() + offset, offset);
    }
    for (long offset = 0; offset < block.bytes(); offset += 4096) {
      assertEquals(offset, ALL.get(ValueLayout.JAVA_LONG, block.address() + offset));
    }
  }
}
