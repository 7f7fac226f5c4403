package dev.lanewise.tensor;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Lifetime of tensors: everything that a thread makes while the scope is its innermost one returns
 * to the pool when the scope closes, except what was moved out by {@link #keep}.
 *
 * <pre>{@code
 * try (var step = Scope.open()) {
 *   Tensor loss = model.forward(x).crossEntropy(y);
 *   loss.backward();
 * }
 * }</pre>
 */
public final class Scope implements AutoCloseable {
  private static final int FEWEST_MEMBERS = 64;

  private static final @Nullable Storage[] NOTHING = {};

  private static final VarHandle FOREIGN;

  static {
    try {
      FOREIGN = MethodHandles.lookup().findVarHandle(Scope.class, "foreign", Storage[].class);
    } catch (ReflectiveOperationException impossible) {
      throw new ExceptionInInitializerError(impossible);
    }
  }

  /** Longer arrays are not kept for the next scope. */
  private static final int MOST_SPARE_MEMBERS = 4096;

  private final ThreadState state;
  private final @Nullable Scope parent;

  /**
   * What was added by the thread of the scope, and no lock guards it: a lock costs as much as all
   * else that is done for a small tensor. So what is freed, on any thread, only forgets its scope,
   * and is swept out when the array is full.
   */
  private @Nullable Storage[] members;

  private int count;

  /** What other threads moved here, null once the scope has closed; changed in one atomic step. */
  private volatile @Nullable Storage @Nullable [] foreign = NOTHING;

  private boolean closed;

  private Scope(ThreadState state) {
    this.state = state;
    this.parent = state.scope;
    @Nullable Storage @Nullable [] spare = state.spareMembers;
    state.spareMembers = null;
    members = spare != null ? spare : new @Nullable Storage[FEWEST_MEMBERS];
  }

  /** Opens a scope on this thread, inside the one that is open already, if any. */
  public static Scope open() {
    ThreadState state = ThreadState.current();
    Scope scope = new Scope(state);
    state.scope = scope;
    return scope;
  }

  /**
   * Moves a tensor to the enclosing scope, or out of all scopes where there is none.
   *
   * @return the tensor
   * @throws IllegalArgumentException when the tensor was not made in this scope
   */
  public Tensor keep(Tensor tensor) {
    Storage storage = tensor.storage();
    if (storage.scope != this) {
      throw new IllegalArgumentException(
          "keep: tensor " + tensor.shape() + " was not made in this scope, or was kept already");
    }
    storage.moveTo(parent);
    return tensor;
  }

  /**
   * Takes a tensor out of whatever scope it was made in: from now on it lives as long as something
   * reaches it. For parameters and the state of optimisers.
   *
   * @return the tensor
   */
  public static Tensor release(Tensor tensor) {
    tensor.storage().moveTo(null);
    return tensor;
  }

  /** Takes new memory; on the thread of this scope only. */
  void add(Storage storage) {
    storage.scope = this;
    if (count == members.length) {
      sweep();
    }
    members[count++] = storage;
  }

  /**
   * Takes memory that another scope held, or none; on any thread.
   *
   * @return whether it did; not where it has closed, so that nobody would ever free the memory
   */
  boolean adopt(Storage storage) {
    if (ThreadState.current() == state) {
      if (closed) {
        return false;
      }
      add(storage);
      return true;
    }
    storage.scope = this; // before it is published, for who closes looks for that
    for (@Nullable Storage @Nullable [] held = foreign; held != null; held = foreign) {
      @Nullable Storage[] more = Arrays.copyOf(held, held.length + 1);
      more[held.length] = storage;
      if (FOREIGN.compareAndSet(this, held, more)) {
        return true;
      }
    }
    storage.scope = null;
    return false;
  }

  /** Lets memory go that lives on elsewhere, so that the collector may find it there. */
  void release(Storage storage) {
    storage.scope = null;
    if (ThreadState.current() == state) {
      for (int i = count - 1; i >= 0; i--) { // mostly it is among the last
        if (members[i] == storage) {
          members[i] = null;
          break;
        }
      }
    }
  }

  /** Drops what has left; if that is less than half, there will be room for twice as many. */
  private void sweep() {
    int kept = 0;
    for (int i = 0; i < count; i++) {
      Storage storage = members[i];
      if (storage != null && storage.scope == this) {
        members[kept++] = storage;
      }
    }
    if (kept >= members.length / 2) {
      members = Arrays.copyOf(members, Math.max(FEWEST_MEMBERS, 2 * members.length));
    } else {
      Arrays.fill(members, kept, count, null);
    }
    count = kept;
  }

  /**
   * Returns everything made inside to the pool.
   *
   * @throws IllegalStateException when an inner scope is still open, or on another thread than
   *     opened it
   */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    if (ThreadState.current() != state || state.scope != this) {
      throw new IllegalStateException(
          "scope: close the inner scopes first, on the thread that opened them");
    }
    closed = true;
    state.scope = parent;
    free(members, count);
    if (members.length <= MOST_SPARE_MEMBERS) {
      Arrays.fill(members, 0, count, null);
      state.spareMembers = members;
    }
    members = NOTHING;
    count = 0;
    // One atomic step instead of a lock, which takes as long as all of this.
    @Nullable Storage[] moved = (@Nullable Storage[]) FOREIGN.getAndSet(this, null);
    free(moved, moved.length);
  }

  private void free(@Nullable Storage[] storages, int many) {
    for (int i = 0; i < many; i++) {
      Storage storage = storages[i];
      if (storage != null && storage.scope == this) {
        storage.free();
      }
    }
  }
}
