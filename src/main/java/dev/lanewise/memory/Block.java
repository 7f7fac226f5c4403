package dev.lanewise.memory;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.Cleaner;
import org.jspecify.annotations.Nullable;

/**
 * A piece of off-heap memory, aligned to 64 bytes, that belongs to one holder until it is freed.
 *
 * <p>Every allocation gets a {@code Block} object of its own, so a reference kept after {@link
 * #free()} can never pass for the next holder of the same memory.
 */
public final class Block {
  private static final Cleaner CLEANER = Cleaner.create();

  private static final VarHandle FREED;

  static {
    try {
      FREED = MethodHandles.lookup().findVarHandle(Block.class, "freed", boolean.class);
    } catch (ReflectiveOperationException impossible) {
      throw new ExceptionInInitializerError(impossible);
    }
  }

  final Pool pool;
  final Holder holder;
  final int sizeClass;
  private final long address;

  /** Written by {@link #FREED} only. */
  private volatile boolean freed;

  private volatile boolean watched;
  private Cleaner.@Nullable Cleanable cleanable;

  Block(Pool pool, long address, int sizeClass, Holder holder) {
    this.pool = pool;
    this.address = address;
    this.sizeClass = sizeClass;
    this.holder = holder;
  }

  /** The usable size in bytes: at least what was asked for. */
  public long bytes() {
    return SizeClasses.bytes(sizeClass);
  }

  /** Who asked for the block. */
  public String label() {
    return holder.label;
  }

  /**
   * The address of the first byte, a multiple of 64. Only kernels and the BLAS bindings use it.
   *
   * @throws IllegalStateException if the block has been freed
   */
  public long address() {
    if (freed) {
      throw new IllegalStateException("The block of '" + holder.label + "' is used after free().");
    }
    return address;
  }

  /** Whether {@link #free()} has been called. */
  public boolean isFree() {
    return freed;
  }

  /** Gives the memory back to the pool. Calling it again does nothing. */
  public void free() {
    if (freed) {
      return;
    }
    pool.release(this);
    if (watched) {
      Cleaner.@Nullable Cleanable registered;
      synchronized (this) {
        registered = cleanable;
      }
      if (registered != null) {
        registered.clean(); // unregisters; its action, free(), finds nothing left to do
      }
    }
  }

  /**
   * Frees the block once {@code owner} can no longer be reached, unless it has been freed before. A
   * caller that works with {@link #address()} must keep the owner reachable meanwhile ({@link
   * java.lang.ref.Reference#reachabilityFence}). Meant for what belongs to no scope: it costs some
   * 100 ns.
   *
   * @param owner the object whose life the memory shares; the block must not be reachable by any
   *     other way than through it
   * @return this block
   * @throws IllegalStateException if an owner has been named before
   */
  public Block freeWithOwner(Object owner) {
    synchronized (this) {
      if (cleanable != null) {
        throw new IllegalStateException(
            "The block of '" + holder.label + "' has an owner already.");
      }
      cleanable = CLEANER.register(owner, this::free);
    }
    pool.watch(this);
    return this;
  }

  boolean watched() {
    return watched;
  }

  /** The address, freed or not; for the pool. */
  long rawAddress() {
    return address;
  }

  /** For the pool, which calls it under its lock. */
  void markFree() {
    // Other threads see it when they see what comes after; the lock orders everything else.
    FREED.setRelease(this, true);
  }

  /** For the pool, which calls it under its lock. */
  void markWatched() {
    watched = true;
  }

  /** Runs {@code action} on the cleaner's thread some time after the next garbage collection. */
  static void afterCollection(Runnable action) {
    CLEANER.register(new Object(), action);
  }
}
