package dev.lanewise.tensor;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * The layers that compute at this moment on a thread, from the outermost one inwards. It is kept
 * while somebody wants to know: a {@link Profiler}, an {@link AnomalyDetection}, or who {@link
 * #keep asks} for it; operations recorded meanwhile know their layer.
 */
public final class LayerTrail {
  /** A layer that computes at this moment. */
  private record Part(Object layer, String path) {}

  private final Deque<Part> parts = new ArrayDeque<>();

  LayerTrail() {}

  /** The trail of this thread; null where nobody wants one. */
  public static @Nullable LayerTrail current() {
    return ThreadState.current().trail;
  }

  /** Keeps a trail on this thread until the result is closed. */
  public static Keeping keep() {
    return new Keeping();
  }

  /** A stretch of code whose operations know their layers. */
  public static final class Keeping extends Watcher implements AutoCloseable {
    private Keeping() {
      begin();
    }

    @Override
    public void close() {
      end();
    }
  }

  /** The innermost layer that computes at this moment; null outside. */
  public @Nullable Object layer() {
    Part part = parts.peek();
    return part == null ? null : part.layer;
  }

  /**
   * Says that a layer begins to compute; {@link #leave} ends it.
   *
   * @param name of the layer in the one around it; operations are listed under the path of names
   */
  public void enter(Object layer, String name) {
    // The outermost layer is the network: paths begin inside it, as those of parameters do.
    String path = parts.size() < 2 ? name : parts.element().path + "." + name;
    parts.push(new Part(layer, path));
  }

  /** Ends the innermost layer. */
  public void leave() {
    parts.pop();
  }

  /** The path of the innermost layer; empty outside. */
  String path() {
    Part part = parts.peek();
    return part == null ? "" : part.path;
  }

  boolean outside() {
    return parts.isEmpty();
  }
}
