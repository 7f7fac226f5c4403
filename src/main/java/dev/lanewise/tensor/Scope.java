package dev.lanewise.tensor;

import java.util.ArrayList;
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
  private final ThreadState state;
  private final @Nullable Scope parent;
  private final ArrayList<@Nullable Storage> members = new ArrayList<>();
  private boolean closed;

  private Scope(ThreadState state) {
    this.state = state;
    this.parent = state.scope;
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

  synchronized void add(Storage storage) {
    storage.scope = this;
    storage.scopeIndex = members.size();
    members.add(storage);
  }

  synchronized void remove(Storage storage) {
    int last = members.size() - 1;
    Storage moved = members.remove(last);
    if (moved != storage && moved != null) {
      members.set(storage.scopeIndex, moved);
      moved.scopeIndex = storage.scopeIndex;
    }
    storage.scope = null;
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
    for (Storage storage : members) {
      if (storage != null) {
        storage.scope = null;
        storage.free();
      }
    }
    members.clear();
  }
}
