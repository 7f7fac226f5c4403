package dev.lanewise.memory;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A caching allocator of off-heap memory. A freed block waits in the list of its size class and is
 * handed out again by the next allocation of that class, while it is still in the cache. All
 * methods may be called from any thread.
 *
 * <p>The limit holds for the reserved bytes: what is in use, and what was in use and waits in a
 * list. When a fresh block would pass it, the pool first gives the physical memory of waiting large
 * blocks back, then asks the garbage collector to free what has become unreachable ({@link
 * Block#freeWithOwner}), and only then throws.
 *
 * <p>Settings (system properties) of the {@link #global()} pool:
 *
 * <ul>
 *   <li>{@code lanewise.memory.limit}: bytes, or with a suffix {@code K}, {@code M}, {@code G} or
 *       {@code T}. By default 80% of the memory of the machine or of its control group: the rest is
 *       for the Java heap, the file cache that feeds the training, and the system; a process that
 *       takes more is ended by the system without a word, while the pool says who holds what.
 *   <li>{@code lanewise.memory.poison}: {@code true} fills fresh and freed blocks with a NaN, and
 *       checks on reuse that nobody has written to the block since.
 * </ul>
 */
public final class Pool {
  /** Growth of blocks with owners up to here never asks the collector. */
  private static final long FIRST_COLLECTION = 1L << 30;

  private static final int COLLECTIONS_BEFORE_FAILURE = 3;

  /** The patience with the collector: it may be switched off. */
  private static final int COLLECTION_MILLIS = 500;

  private static volatile @Nullable Pool global;

  private final boolean poison;

  /** Guards all that follows. */
  private final SpinLock lock = new SpinLock();

  private final FreeBlocks free = new FreeBlocks();
  private final Usage usage = new Usage();

  private long limit;
  private long collectAt = FIRST_COLLECTION;

  /**
   * A pool of its own, for tests; programs use {@link #global()}.
   *
   * @param limitBytes the most it may reserve, above 0
   * @param poison whether freed blocks are filled with a pattern and checked on reuse
   */
  public Pool(long limitBytes, boolean poison) {
    this.limit = positive(limitBytes);
    this.poison = poison;
  }

  /**
   * The pool that all tensors share.
   *
   * @throws IllegalArgumentException on first use, if a setting cannot be read
   */
  public static Pool global() {
    Pool pool = global;
    return pool != null ? pool : createGlobal();
  }

  private static synchronized Pool createGlobal() {
    Pool pool = global;
    if (pool == null) {
      pool =
          new Pool(
              MemorySize.setting("lanewise.memory.limit", defaultLimit()),
              Boolean.getBoolean("lanewise.memory.poison"));
      global = pool;
    }
    return pool;
  }

  /**
   * Hands out a block of at least this many bytes. Its contents are undefined.
   *
   * @param bytes the size needed, 0 or more
   * @param label who needs it, for example the name of an op; a constant, as the pool keeps one
   *     counter per label for ever
   * @throws IllegalArgumentException if the size is negative
   * @throws OutOfPoolMemoryException if the limit or the operating system does not allow it
   */
  public Block allocate(long bytes, String label) {
    if (bytes < 0) {
      throw new IllegalArgumentException(
          "'" + label + "' asks for " + bytes + " bytes; a size must not be negative.");
    }
    if (bytes > SizeClasses.MAX_BYTES) {
      throw outOfMemory(bytes, label, "no block can be that large");
    }
    int sizeClass = SizeClasses.index(bytes);
    Block block = tryAllocate(sizeClass, label, true);
    return block != null ? block : allocateUnderPressure(sizeClass, bytes, label);
  }

  private @Nullable Block tryAllocate(int sizeClass, String label, boolean mayAskForCollection) {
    lock.lock();
    try {
      return take(sizeClass, label, mayAskForCollection);
    } finally {
      lock.unlock();
    }
  }

  /** The block, if there is one; under the lock. */
  private @Nullable Block take(int sizeClass, String label, boolean mayAskForCollection) {
    FreeList list = free.list(sizeClass);
    long size = SizeClasses.bytes(sizeClass);
    long address;
    if (list.warm.size() > 0) {
      if (poison) {
        address = list.warm.peek();
        Poison.check(address, size, list.lastLabel(address));
      }
      address = list.warm.pop();
      usage.reuses++;
    } else {
      if (mayAskForCollection && usage.watched > collectAt) {
        return null;
      }
      long room = limit - usage.reserved;
      if (size > room && !trim(size - room)) {
        return null;
      }
      address = free.fresh(sizeClass);
      if (address == 0) {
        return null;
      }
      if (poison) {
        Poison.fill(address, size);
      }
      usage.fresh(size);
    }
    Holder holder = usage.holders.of(label);
    usage.handOut(holder, size);
    return new Block(this, address, sizeClass, holder);
  }

  /** Whether the system takes as much physical memory back as is wanted. */
  private boolean trim(long wanted) {
    long gained = free.trim(wanted);
    usage.reserved -= gained;
    return gained >= wanted;
  }

  /** The way taken when memory is short, or much of it hangs on objects that may be garbage. */
  private Block allocateUnderPressure(int sizeClass, long bytes, String label) {
    if (SizeClasses.bytes(sizeClass) > limitBytes()) {
      throw outOfMemory(bytes, label, "that is above the limit");
    }
    for (int round = 0; round < COLLECTIONS_BEFORE_FAILURE; round++) {
      boolean collected = collectGarbage();
      // What survived is in use: the next collection is due when that has doubled.
      locked(() -> collectAt = Math.max(FIRST_COLLECTION, 2 * usage.watched));
      Block block = tryAllocate(sizeClass, label, false);
      if (block != null) {
        return block;
      }
      if (!collected) {
        break;
      }
    }
    Block larger = locked(() -> takeLarger(sizeClass, label));
    if (larger != null) {
      return larger;
    }
    boolean overLimit = locked(() -> SizeClasses.bytes(sizeClass) > limit - usage.reserved);
    throw outOfMemory(
        bytes, label, overLimit ? "the limit does not allow it" : "the system refuses it");
  }

  /** A block that waits in the list of a larger class; under the lock. */
  private @Nullable Block takeLarger(int sizeClass, String label) {
    for (int larger = sizeClass + 1; larger < SizeClasses.COUNT; larger++) {
      if (free.hasWarm(larger)) {
        Block block = take(larger, label, false);
        if (block != null) {
          return block;
        }
      }
    }
    return null;
  }

  /** Runs the collector and the cleaner; false if that cannot be seen to have happened. */
  private boolean collectGarbage() {
    CountDownLatch cleanerRan = new CountDownLatch(1);
    Block.afterCollection(cleanerRan::countDown);
    System.gc();
    try {
      if (!cleanerRan.await(COLLECTION_MILLIS, TimeUnit.MILLISECONDS)) {
        return false;
      }
      // The cleaner takes what the collection found in no certain order: wait until it is through.
      long before = Long.MAX_VALUE;
      long now = usedBytes();
      for (int i = 0; i < COLLECTION_MILLIS && now < before; i++) {
        Thread.sleep(2);
        before = now;
        now = usedBytes();
      }
      return true;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Takes a block back; called by {@link Block#free()}, any number of times. */
  void release(Block block) {
    lock.lock();
    try {
      if (!block.isFree()) {
        takeBack(block);
      }
    } finally {
      lock.unlock();
    }
  }

  private void takeBack(Block block) {
    block.markFree();
    long size = block.bytes();
    FreeList list = free.list(block.sizeClass);
    if (poison) {
      Poison.fill(block.rawAddress(), size);
      list.setLastLabel(block.rawAddress(), block.label());
    }
    list.warm.push(block.rawAddress());
    usage.takeBack(block, size);
  }

  /** Counts a block as one that the collector may free. */
  void watch(Block block) {
    locked(() -> {
      if (!block.isFree()) {
        block.markWatched();
        usage.watched += block.bytes();
      }
      return block;
    });
  }

  /** What is done at every allocation and release locks by itself: many lambdas are not inlined. */
  private <T extends @Nullable Object> T locked(Supplier<T> action) {
    lock.lock();
    try {
      return action.get();
    } finally {
      lock.unlock();
    }
  }

  /** The bytes of all live blocks. */
  public long usedBytes() {
    return locked(() -> usage.used);
  }

  /** The highest value of {@link #usedBytes()} since the start or {@link #resetPeak()}. */
  public long peakBytes() {
    return locked(() -> usage.peak);
  }

  /** The bytes of live and of waiting blocks: what the pool keeps of the machine's memory. */
  public long reservedBytes() {
    return locked(() -> usage.reserved);
  }

  /** The most that may be reserved; {@link Long#MAX_VALUE} for no limit. */
  public long limitBytes() {
    return locked(() -> limit);
  }

  /**
   * Sets the most that may be reserved. A limit below what is reserved only holds back later
   * allocations.
   *
   * @param bytes above 0; {@link Long#MAX_VALUE} for no limit
   * @throws IllegalArgumentException if it is not above 0
   */
  public void setLimit(long bytes) {
    long positive = positive(bytes);
    locked(() -> limit = positive);
  }

  /** Starts the measurement of the peak again from what is in use now. */
  public void resetPeak() {
    locked(() -> usage.peak = usage.used);
  }

  /** How many blocks were fresh memory of the operating system. */
  public long allocations() {
    return locked(() -> usage.allocations);
  }

  /** How many blocks had been used and freed before. */
  public long reuses() {
    return locked(() -> usage.reuses);
  }

  /** The bytes of all blocks ever handed out, reused ones included. */
  public long handedOutBytes() {
    return locked(() -> usage.handedOut);
  }

  /** The bytes of all blocks that were fresh memory of the operating system. */
  public long freshBytes() {
    return locked(() -> usage.freshBytes);
  }

  /**
   * The mode of transparent huge pages on this machine: {@code always} or {@code madvise} (in both
   * the pool uses them), {@code never}, or {@code unavailable}.
   */
  public static String hugePages() {
    return NativePages.hugePages();
  }

  /** The counters in one line, then one line per label that holds memory, the largest first. */
  public String report() {
    return locked(() -> usage.report(limit));
  }

  private OutOfPoolMemoryException outOfMemory(long bytes, String label, String reason) {
    return locked(() -> usage.refusal(bytes, label, reason, limit));
  }

  private static long defaultLimit() {
    long physical = NativePages.physicalBytes();
    return physical > 0 ? physical / 10 * 8 : Long.MAX_VALUE;
  }

  private static long positive(long limitBytes) {
    if (limitBytes <= 0) {
      throw new IllegalArgumentException(
          "The memory limit is " + limitBytes + " bytes; it must be above 0.");
    }
    return limitBytes;
  }
}
