package dev.lanewise.tensor;

import dev.lanewise.op.Op;
import org.jspecify.annotations.Nullable;

/**
 * Is told of each operation of a thread, forward and backward, while it watches. Several stand in a
 * chain, the latest first; a thread without one pays one comparison an operation.
 */
abstract class Watcher {
  final ThreadState state = ThreadState.current();
  private @Nullable Watcher next;
  private boolean watching;

  /** Watches this thread from now on. */
  final void begin() {
    next = state.watcher;
    state.watcher = this;
    if (state.trail == null) {
      state.trail = new LayerTrail();
    }
    watching = true;
  }

  /**
   * Watches no longer.
   *
   * @throws IllegalStateException when it did not, or on another thread
   */
  final void end() {
    if (!watching || ThreadState.current() != state) {
      throw new IllegalStateException(
          getClass().getSimpleName() + " does not watch this thread (any more).");
    }
    watching = false;
    if (equals(state.watcher)) {
      state.watcher = next;
    } else {
      Watcher before = state.watcher;
      while (before != null && !equals(before.next)) {
        before = before.next;
      }
      if (before != null) {
        before.next = next;
      }
    }
    if (state.watcher == null) {
      state.trail = null;
    }
  }

  /** Computes an operation under the eyes of this one and of all behind it. */
  final Tensor watch(Op op, Node node, Shape shape, Shape[] shapes, Tensor[] inputs) {
    LayerTrail trail = state.trail;
    if (node.recorded() && trail != null) {
      node.origin = new Origin(trail.path());
    }
    return forward(op, node, shape, shapes, inputs);
  }

  /** An operation, by the next one in the chain. */
  Tensor forward(Op op, Node node, Shape shape, Shape[] shapes, Tensor[] inputs) {
    return next == null
        ? op.forward(node, shape, inputs)
        : next.forward(op, node, shape, shapes, inputs);
  }

  /** The backward of an operation, by the next one in the chain. */
  @Nullable Tensor[] backward(Op op, Node node, Tensor dy) {
    return next == null ? op.backward(node, dy) : next.backward(op, node, dy);
  }
}
