package dev.lanewise.tensor;

import dev.lanewise.memory.Block;
import dev.lanewise.memory.Pool;
import org.jspecify.annotations.Nullable;

/**
 * Memory shared by a tensor and its views. It goes back to the pool when the last handle is closed,
 * when the scope that it was made in closes, or, outside any scope, when nothing reaches it any
 * more.
 */
final class Storage {
  private final Block block;
  private int handles = 1;
  @Nullable Scope scope;
  int scopeIndex;

  /**
   * Counts in-place changes, so that a backward rule never uses a value that is not the saved one.
   */
  private int version;

  Storage(long bytes, String label) {
    block = Pool.global().allocate(Math.max(bytes, 1), label);
    Scope current = ThreadState.current().scope;
    if (current == null) {
      block.freeWithOwner(this);
    } else {
      current.add(this);
    }
  }

  Block block() {
    return block;
  }

  boolean closed() {
    return block.isFree();
  }

  int version() {
    return version;
  }

  void changed() {
    version++;
  }

  synchronized void share() {
    handles++;
  }

  synchronized boolean shared() {
    return handles > 1;
  }

  synchronized void release() {
    if (--handles == 0) {
      free();
    }
  }

  void free() {
    if (scope != null) {
      scope.remove(this);
    }
    block.free();
  }

  /** Moves this memory from its scope to another one, or to no scope at all. */
  void moveTo(@Nullable Scope target) {
    if (scope == target) {
      return;
    }
    if (scope != null) {
      scope.remove(this);
    }
    if (target != null) {
      target.add(this);
    } else {
      block.freeWithOwner(this);
    }
  }
}
