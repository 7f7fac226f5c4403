package dev.lanewise.tensor;

import dev.lanewise.op.Op;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One operation on the tape. An op's forward saves here what its backward needs, and backward asks
 * here for it.
 */
public final class Node {
  /** Given to forward when nothing is recorded: it forgets what is saved. */
  static final Node NOT_RECORDED = new Node(null, new Node[0], 0, null);

  private static final AtomicLong SEQUENCE = new AtomicLong();
  private static final Tensor[] NOTHING = {};

  private final @Nullable Op op;
  private final @Nullable Node[] edges;
  private final long sequence;
  private final @Nullable Tensor leaf;
  private Shape[] inputShapes = {};
  private Tensor @Nullable [] saved = NOTHING;
  private int[] versions = {};
  private int owned;

  /** The memory of the result, if it is new and a scope holds it. */
  private @Nullable Storage made;

  /** The run that this node is in at the moment. */
  private @Nullable Tape running;

  /** Null where nobody watched. */
  @Nullable Origin origin;

  @Nullable List<UnaryOperator<Tensor>> hooks;

  private Node(@Nullable Op op, @Nullable Node[] edges, long sequence, @Nullable Tensor leaf) {
    this.op = op;
    this.edges = edges;
    this.sequence = sequence;
    this.leaf = leaf;
  }

  static Node of(Op op, Tensor[] inputs, Shape[] shapes) {
    @Nullable Node[] edges = new @Nullable Node[inputs.length];
    for (int i = 0; i < inputs.length; i++) {
      edges[i] = inputs[i].node();
    }
    Node node = new Node(op, edges, SEQUENCE.incrementAndGet(), null);
    node.inputShapes = shapes;
    return node;
  }

  /** The end of the tape at a tensor that collects its gradient. */
  static Node leaf(Tensor tensor) {
    return new Node(null, new Node[0], 0, tensor);
  }

  /**
   * Whether input {@code i} wants a gradient: in backward, whether one that was asked for hangs on
   * it.
   */
  public boolean needs(int i) {
    Node edge = edges[i];
    return edge != null && (running == null || running.needs(edge));
  }

  /** The number of inputs. */
  public int inputs() {
    return inputShapes.length;
  }

  /** The shape of input {@code i}, which needs no saving. */
  public Shape inputShape(int i) {
    return inputShapes[i];
  }

  /** Whether this call of forward is recorded, so that saving has a purpose. */
  public boolean recorded() {
    return op != null;
  }

  /** Whether backward is itself recorded: then only differentiable operations may be used in it. */
  public boolean createGraph() {
    return running != null && running.createGraph();
  }

  /** Keeps tensors (inputs or the output) for backward. Call it once. */
  public void save(Tensor... tensors) {
    if (op == null) {
      return;
    }
    saved = tensors;
    versions = new int[tensors.length];
    for (int i = 0; i < tensors.length; i++) {
      versions[i] = tensors[i].storage().version();
    }
  }

  /**
   * As {@link #save}, where the last {@code count} tensors belong to this node alone and are closed
   * with it.
   */
  public void saveOwned(int count, Tensor... tensors) {
    if (op == null) {
      for (int i = tensors.length - count; i < tensors.length; i++) {
        tensors[i].close();
      }
      return;
    }
    save(tensors);
    owned = count;
  }

  /**
   * What was saved.
   *
   * @throws IllegalStateException when it was changed in place or closed since
   */
  public Tensor saved(int i) {
    if (saved == null) {
      throw freed();
    }
    Tensor tensor = saved[i];
    if (tensor.closed()) {
      throw new IllegalStateException(
          "backward of "
              + name()
              + ": the tensor "
              + tensor.shape()
              + " that it saved was closed before backward ran");
    }
    if (tensor.storage().version() != versions[i]) {
      throw new IllegalStateException(
          "backward of "
              + name()
              + ": the tensor "
              + tensor.shape()
              + " that it saved was changed in place since");
    }
    return tensor;
  }

  /** The name of the operation, or {@code leaf}. */
  public String name() {
    return op == null ? "leaf" : op.name();
  }

  /** The operation; null at a leaf. */
  public @Nullable Op op() {
    return op;
  }

  /** The path of the layer that it was computed in; empty where nobody watched. */
  String layer() {
    return origin == null ? "" : origin.layer;
  }

  @Nullable Tensor leaf() {
    return leaf;
  }

  @Nullable Node[] edges() {
    return edges;
  }

  Shape[] inputShapes() {
    return inputShapes;
  }

  /** What it keeps for backward. */
  Tensor[] savedTensors() {
    Tensor[] all = saved;
    return all == null ? NOTHING : all;
  }

  /** The size of what it keeps for backward. */
  long savedBytes() {
    long bytes = 0;
    for (Tensor tensor : savedTensors()) {
      bytes += tensor.layout().elements(tensor.shape()) * tensor.dtype().bytes();
    }
    return bytes;
  }

  long sequence() {
    return sequence;
  }

  void checkNotFreed() {
    if (saved == null) {
      throw freed();
    }
  }

  private IllegalStateException freed() {
    return new IllegalStateException(
        "backward of "
            + name()
            + ": its tape was freed by an earlier backward; pass retainGraph to run it again");
  }

  @Nullable Tensor[] backward(Tensor dy, Tape tape) {
    Op mine = java.util.Objects.requireNonNull(op);
    Tape outer = running;
    running = tape;
    try {
      Watcher watcher = ThreadState.current().watcher;
      return watcher == null ? mine.backward(this, dy) : watcher.backward(mine, this, dy);
    } finally {
      running = outer;
    }
  }

  /** Forgets what was saved. */
  void free() {
    Tensor[] all = saved;
    if (op == null || all == null) {
      return;
    }
    for (int i = all.length - owned; i < all.length; i++) {
      all[i].close();
    }
    saved = null;
  }

  /**
   * Remembers the memory of the result, if it is new and a scope holds it; a view's is that of its
   * input, and belongs to the node that made that.
   */
  void made(Tensor result, Tensor[] inputs) {
    Storage storage = result.storage();
    if (storage.scope == null) {
      return;
    }
    for (Tensor input : inputs) {
      if (input.storage() == storage) {
        return;
      }
    }
    made = storage;
  }

  /** Gives the memory of the result back, if this scope holds it and no other tensor shares it. */
  void freeMade(Scope scope) {
    if (made != null && made.scope == scope && !made.shared()) {
      made.free();
    }
    made = null;
  }

  void addHook(UnaryOperator<Tensor> hook) {
    if (hooks == null) {
      hooks = new ArrayList<>();
    }
    hooks.add(hook);
  }

  void removeHook(UnaryOperator<Tensor> hook) {
    if (hooks != null) {
      hooks.remove(hook);
    }
  }
}
