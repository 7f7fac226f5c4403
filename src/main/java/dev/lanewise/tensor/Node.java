package dev.lanewise.tensor;

import dev.lanewise.op.Op;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One operation on the tape. An op's forward saves here what its backward needs, and backward asks
 * here for it. What is saved, given up to a checkpoint, made again and freed is one state with one
 * life, which is why the file is long.
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
  private @Nullable Tensor @Nullable [] saved = NOTHING;
  private int[] versions = {};
  private int owned;

  /** The checkpointed functions that this node is in, from the innermost one outwards. */
  private List<Region> regions = List.of();

  /** What of {@link #saved} was given up. */
  private @Nullable Given @Nullable [] given;

  /** The memory of the result, if it is new and a scope holds it. */
  private @Nullable Storage made;

  /** The result, if it is a view of an input that a scope holds. */
  private @Nullable Tensor view;

  /** The run that this node is in at the moment. */
  private @Nullable Tape running;

  /** The gradient that backward has been given. */
  private @Nullable Tensor arrived;

  /** Null where nobody watched. */
  @Nullable Origin origin;

  @Nullable List<UnaryOperator<Tensor>> hooks;

  /** Says of a tensor that was given up where on the tape it stood, and who can make it again. */
  private record Given(@Nullable Node place, Region maker) {}

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

  /**
   * For an elementwise backward: the memory of the gradient that it was given, to write its own
   * over it. A result in new memory costs as much again as one that is read: its lines are fetched
   * before they are written.
   *
   * @param dy what backward was given, or that in another layout
   * @return null where it must stay as it is: somebody else holds it, or backward is recorded
   */
  public @Nullable Tensor inPlaceOf(Tensor dy) {
    if (dy != arrived || createGraph() || !dy.ownsItsElements()) {
      return null;
    }
    dy.changed();
    return dy.alias();
  }

  /**
   * In backward: closes views of what is saved, which would hold it longer than this node does.
   * Where backward is recorded they stay.
   */
  public void letGo(Tensor... views) {
    if (!createGraph()) {
      for (Tensor view : views) {
        view.close();
      }
    }
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
    Given gone = given == null ? null : given[i];
    if (gone != null && (tensor == null || tensor.closed())) {
      gone.maker.replay();
      tensor = saved[i];
    }
    Objects.requireNonNull(tensor, "saved tensor");
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
    @Nullable Tensor[] all = saved;
    return all == null
        ? NOTHING
        : Arrays.stream(all).filter(Objects::nonNull).toArray(Tensor[]::new);
  }

  /** All that was saved, made again where it was given up. */
  List<Tensor> allSaved() {
    List<Tensor> all = new ArrayList<>();
    for (int i = 0; i < inputs(); i++) {
      all.add(saved(i));
    }
    return all;
  }

  /**
   * Gives up what was made in a scope.
   *
   * @param maker can make it again
   * @return whether backward is still to come; then the maker is told when it has passed
   */
  boolean drop(Region maker, Scope scope) {
    @Nullable Tensor[] all = saved;
    if (all == null) {
      return false;
    }
    @Nullable Tensor[] rest = all.clone(); // the array may be the caller's own
    @Nullable Given[] gone = given == null ? new @Nullable Given[all.length] : given;
    for (int i = 0; i < all.length; i++) {
      Tensor tensor = all[i];
      if (tensor != null && tensor.storage().scope == scope) {
        gone[i] = new Given(tensor.node(), maker);
        rest[i] = null;
      }
    }
    given = gone;
    saved = rest;
    owned = 0; // what belonged to this node was made in the scope
    regions = new ArrayList<>(regions);
    regions.add(maker);
    return true;
  }

  /** Takes over what a node that computed the same has saved, where {@code maker} gave it up. */
  List<Tensor> take(Node like, Region maker) {
    List<Tensor> taken = new ArrayList<>();
    @Nullable Tensor[] mine = saved;
    @Nullable Given[] gone = given;
    if (mine == null || gone == null) {
      return taken; // backward has passed it
    }
    @Nullable Tensor[] all = like.saved;
    if (all == null || all.length != mine.length) {
      throw new IllegalStateException("checkpoint: " + name() + " saved something else");
    }
    for (int i = 0; i < mine.length; i++) {
      Tensor tensor = all[i];
      Given place = gone[i];
      if (place != null && place.maker == maker && tensor != null) {
        Tensor alias = tensor.alias();
        alias.node = place.place;
        mine[i] = alias;
        versions[i] = alias.storage().version();
        taken.add(alias);
      }
    }
    return taken;
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
    Op mine = Objects.requireNonNull(op);
    Tape outer = running;
    Tensor before = arrived;
    running = tape;
    arrived = dy;
    try {
      Watcher watcher = ThreadState.current().watcher;
      @Nullable Tensor[] dx =
          watcher == null ? mine.backward(this, dy) : watcher.backward(mine, this, dy);
      check(dx);
      return dx;
    } finally {
      running = outer;
      arrived = before;
    }
  }

  /** Kernels of the operations before take a gradient for floats of the shape of their result. */
  private void check(@Nullable Tensor[] dx) {
    if (dx.length != edges.length) {
      throw new IllegalArgumentException(
          "backward of %s: found %d gradients, expected one for each of %d inputs"
              .formatted(name(), dx.length, edges.length));
    }
    for (int i = 0; i < dx.length; i++) {
      Tensor g = dx[i];
      if (g != null && (!g.shape().equals(inputShapes[i]) || g.dtype() != DType.FLOAT32)) {
        Tape.checkGradient(
            "backward of " + name(), "the gradient of input " + i, g, "the input", inputShapes[i]);
      }
    }
  }

  /** Forgets what was saved. */
  void free() {
    @Nullable Tensor[] all = saved;
    if (op == null || all == null) {
      return;
    }
    for (int i = all.length - owned; i < all.length; i++) {
      Objects.requireNonNull(all[i]).close();
    }
    saved = null;
    for (Region region : regions) {
      List<Tensor> taken = new ArrayList<>();
      for (int i = 0; i < all.length; i++) {
        Tensor tensor = all[i];
        Given gone = given == null ? null : given[i];
        if (gone != null && gone.maker == region && tensor != null) {
          taken.add(tensor);
        }
      }
      region.passed(taken);
    }
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
        view = result;
        return;
      }
    }
    made = storage;
  }

  /**
   * Gives the memory of the result back, if this scope holds it and no other tensor shares it; of a
   * view its part in that memory, whose node runs later.
   */
  void freeMade(Scope scope) {
    if (view != null && view.storage().scope == scope) {
      view.close();
    } else if (made != null && made.scope == scope && !made.shared()) {
      made.free();
    }
    view = null;
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
