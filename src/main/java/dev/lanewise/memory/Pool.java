package dev.lanewise.memory;

import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
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
  private final Holders holders = new Holders();

  private long limit;
  private long used;
  private long peak;
  private long reserved;
  private long blocks;
  private long allocations;
  private long reuses;
  private long handedOut;
  private long freshBytes;
  private long watchedBytes;
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
      reuses++;
    } else {
      if (mayAskForCollection && watchedBytes > collectAt) {
        return null;
      }
      if (size > limit - reserved && !trim(size - (limit - reserved))) {
        return null;
      }
      address = free.fresh(sizeClass);
      if (address == 0) {
        return null;
      }
      if (poison) {
        Poison.fill(address, size);
      }
      reserved += size;
      freshBytes += size;
      allocations++;
    }
    return handOut(address, sizeClass, label);
  }

  /** Whether the system takes as much physical memory back as is wanted. */
  private boolean trim(long wanted) {
    long gained = free.trim(wanted);
    reserved -= gained;
    return gained >= wanted;
  }

  private Block handOut(long address, int sizeClass, String label) {
    long size = SizeClasses.bytes(sizeClass);
    Holder holder = holders.of(label);
    Block block = new Block(this, address, sizeClass, holder);
    holder.blocks++;
    holder.bytes += size;
    blocks++;
    used += size;
    handedOut += size;
    if (used > peak) {
      peak = used;
    }
    return block;
  }

  /** The way taken when memory is short, or much of it hangs on objects that may be garbage. */
  private Block allocateUnderPressure(int sizeClass, long bytes, String label) {
    if (SizeClasses.bytes(sizeClass) > limitBytes()) {
      throw outOfMemory(bytes, label, "that is above the limit");
    }
    for (int round = 0; round < COLLECTIONS_BEFORE_FAILURE; round++) {
      boolean collected = collectGarbage();
      // What survived is in use: the next collection is due when that has doubled.
      change(() -> collectAt = Math.max(FIRST_COLLECTION, 2 * watchedBytes));
      Block block = tryAllocate(sizeClass, label, false);
      if (block != null) {
        return block;
      }
      if (!collected) {
        break;
      }
    }
    lock.lock();
    boolean overLimit;
    try {
      for (int larger = sizeClass + 1; larger < SizeClasses.COUNT; larger++) {
        if (free.hasWarm(larger)) {
          Block block = take(larger, label, false);
          if (block != null) {
            return block;
          }
        }
      }
      overLimit = SizeClasses.bytes(sizeClass) > limit - reserved;
    } finally {
      lock.unlock();
    }
    throw outOfMemory(
        bytes, label, overLimit ? "the limit does not allow it" : "the system refuses it");
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
    block.holder.blocks--;
    block.holder.bytes -= size;
    blocks--;
    used -= size;
    if (block.watched()) {
      watchedBytes -= size;
    }
  }

  /** Counts a block as one that the collector may free. */
  void watch(Block block) {
    change(() -> {
      if (!block.isFree()) {
        block.markWatched();
        watchedBytes += block.bytes();
      }
    });
  }

  private void change(Runnable action) {
    lock.lock();
    try {
      action.run();
    } finally {
      lock.unlock();
    }
  }

  private long read(LongSupplier counter) {
    lock.lock();
    try {
      return counter.getAsLong();
    } finally {
      lock.unlock();
    }
  }

  /** The bytes of all live blocks. */
  public long usedBytes() {
    return read(() -> used);
  }

  /** The highest value of {@link #usedBytes()} since the start or {@link #resetPeak()}. */
  public long peakBytes() {
    return read(() -> peak);
  }

  /** The bytes of live and of waiting blocks: what the pool keeps of the machine's memory. */
  public long reservedBytes() {
    return read(() -> reserved);
  }

  /** The most that may be reserved; {@link Long#MAX_VALUE} for no limit. */
  public long limitBytes() {
    return read(() -> limit);
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
    change(() -> limit = positive);
  }

  /** Starts the measurement of the peak again from what is in use now. */
  public void resetPeak() {
    change(() -> peak = used);
  }

  /** How many blocks were fresh memory of the operating system. */
  public long allocations() {
    return read(() -> allocations);
  }

  /** How many blocks had been used and freed before. */
  public long reuses() {
    return read(() -> reuses);
  }

  /** The bytes of all blocks ever handed out, reused ones included. */
  public long handedOutBytes() {
    return read(() -> handedOut);
  }

  /** The bytes of all blocks that were fresh memory of the operating system. */
  public long freshBytes() {
    return read(() -> freshBytes);
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
    lock.lock();
    try {
      return describe();
    } finally {
      lock.unlock();
    }
  }

  private String describe() {
    StringBuilder text = new StringBuilder(256);
    text.append(
        String.format(
            Locale.ROOT,
            "%s in %d blocks, peak %s, reserved %s, limit %s, %d fresh, %d reused%n",
            MemorySize.format(used),
            blocks,
            MemorySize.format(peak),
            MemorySize.format(reserved),
            MemorySize.format(limit),
            allocations,
            reuses));
    holders.report(text);
    return text.toString();
  }

  private OutOfPoolMemoryException outOfMemory(long bytes, String label, String reason) {
    lock.lock();
    try {
      return describe(bytes, label, reason);
    } finally {
      lock.unlock();
    }
  }

  private OutOfPoolMemoryException describe(long bytes, String label, String reason) {
    String most = holders.most();
    return new OutOfPoolMemoryException(
        String.format(
            Locale.ROOT,
            "'%s' asked for %s, but %s: %s of %s are in use%s; raise lanewise.memory.limit, or use"
                + " smaller batches.",
            label,
            MemorySize.format(bytes),
            reason,
            MemorySize.format(used),
            MemorySize.format(limit),
            most.isEmpty() ? "" : ", most by " + most));
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
