package dev.lanewise.tensor;

import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Reverse-mode differentiation over what was recorded. Nodes run in decreasing order of their
 * sequence number, so each has the whole of its gradient when its turn comes, and no recursion
 * limits the depth (Griewank and Walther, <i>Evaluating Derivatives</i>, 2008, chapter 3).
 */
public final class Tape {
  private final boolean retainGraph;
  private final boolean createGraph;

  /** Null: gradients go into the leaves. Else only the listed nodes' gradients are kept. */
  private final @Nullable Map<Node, Integer> wanted;

  private final NeededNodes needed;

  /** What nodes made in this scope is closed when they have run; null: nothing is. */
  private @Nullable Scope closing;

  private final @Nullable Tensor[] captured;
  private final PriorityQueue<Node> queue =
      new PriorityQueue<>((a, b) -> Long.compare(b.sequence(), a.sequence()));
  private final Map<Node, Tensor> gradients = new IdentityHashMap<>();

  private Tape(
      boolean retainGraph,
      boolean createGraph,
      @Nullable Map<Node, Integer> wanted,
      NeededNodes needed,
      int wantedCount) {
    this.retainGraph = retainGraph || createGraph;
    this.createGraph = createGraph;
    this.wanted = wanted;
    this.needed = needed;
    this.captured = new Tensor[wantedCount];
  }

  /** Whether operations on this thread are recorded. */
  public static boolean recording() {
    return ThreadState.current().recording;
  }

  /** A stretch of code with a will of its own about recording. */
  public static final class Pause implements AutoCloseable {
    private final ThreadState state;
    private final boolean before;

    private Pause(boolean recording) {
      state = ThreadState.current();
      before = state.recording;
      state.recording = recording;
    }

    @Override
    public void close() {
      state.recording = before;
    }
  }

  /** Stops recording on this thread until the result is closed. */
  public static Pause noGrad() {
    return new Pause(false);
  }

  /** Records on this thread until the result is closed, whatever was said around it. */
  static Pause record() {
    return new Pause(true);
  }

  /** Evaluates something with recording off. */
  public static <T extends @Nullable Object> T noGrad(Supplier<T> body) {
    try (Pause pause = noGrad()) {
      return body.get();
    }
  }

  /**
   * Adds the gradients of {@code Σ <outputs_i, outputGradients_i>} to the leaves that the outputs
   * came from, as {@link Tensor#backward()} does for one: parts that the outputs share run once.
   *
   * @param outputGradients one for each output, or null for scalar outputs
   * @param retainGraph whether the tape stays usable
   * @param createGraph whether the gradients can be differentiated in turn
   * @throws IllegalArgumentException when shapes or numbers differ
   * @throws IllegalStateException when an output depends on nothing that requires a gradient
   */
  public static void backward(
      List<Tensor> outputs,
      @Nullable List<Tensor> outputGradients,
      boolean retainGraph,
      boolean createGraph) {
    Tape tape = new Tape(retainGraph, createGraph, null, NeededNodes.ALL, 0);
    tape.seed("backward", outputs, outputGradients);
    tape.run();
  }

  static void backward(
      Tensor root, @Nullable Tensor gradient, boolean retainGraph, boolean createGraph) {
    Tape tape = new Tape(retainGraph, createGraph, null, NeededNodes.ALL, 0);
    tape.seed("backward", root, gradient);
    tape.run();
  }

  /** See {@link Differentiable#backwardAndClose}. */
  static void backwardAndClose(Tensor root) {
    Tape tape = new Tape(false, false, null, NeededNodes.ALL, 0);
    tape.closing = ThreadState.current().scope;
    tape.seed("backward", root, null);
    tape.run();
  }

  /**
   * Gradients of the sum of {@code outputs} with respect to {@code inputs}, without touching {@link
   * Tensor#grad()}. Only what lies between them runs, and only that is freed.
   *
   * @param createGraph whether the gradients can be differentiated in turn
   * @throws IllegalArgumentException when an output is not a scalar, or an input has no part in
   *     them
   */
  public static Tensor[] grad(List<Tensor> outputs, List<Tensor> inputs, boolean createGraph) {
    return grad(outputs, null, inputs, createGraph, createGraph);
  }

  /**
   * Gradients of {@code Σ <outputs_i, outputGradients_i>} with respect to {@code inputs}: the
   * product of a vector with the Jacobian matrix.
   *
   * @param outputGradients one for each output, or null for scalar outputs
   * @param retainGraph whether the tape stays usable
   * @throws IllegalArgumentException when shapes differ, or an input has no part in the outputs
   */
  public static Tensor[] grad(
      List<Tensor> outputs,
      @Nullable List<Tensor> outputGradients,
      List<Tensor> inputs,
      boolean retainGraph,
      boolean createGraph) {
    @Nullable Tensor[] found =
        gradAllowUnused(outputs, outputGradients, inputs, retainGraph, createGraph);
    Tensor[] result = new Tensor[found.length];
    for (int i = 0; i < found.length; i++) {
      Tensor gradient = found[i];
      if (gradient == null) {
        throw new IllegalArgumentException(
            "grad: input " + i + " " + inputs.get(i).shape() + " has no part in the outputs");
      }
      result[i] = gradient;
    }
    return result;
  }

  /** As {@link #grad}, with null for inputs that have no part in the outputs. */
  public static @Nullable Tensor[] gradAllowUnused(
      List<Tensor> outputs,
      @Nullable List<Tensor> outputGradients,
      List<Tensor> inputs,
      boolean retainGraph,
      boolean createGraph) {
    Map<Node, Integer> wanted = new IdentityHashMap<>();
    for (int i = 0; i < inputs.size(); i++) {
      Node node = inputs.get(i).node();
      if (node == null) {
        throw new IllegalArgumentException(
            "grad: input " + i + " " + inputs.get(i).shape() + " does not require a gradient");
      }
      if (wanted.put(node, i) != null) {
        throw new IllegalArgumentException("grad: input " + i + " is listed twice");
      }
    }
    NeededNodes needed = NeededNodes.between(outputs, wanted.keySet());
    Tape tape = new Tape(retainGraph, createGraph, wanted, needed, inputs.size());
    tape.seed("grad", outputs, outputGradients);
    tape.run();
    return tape.captured;
  }

  /**
   * What a tensor was computed from, as a picture in the language of Graphviz: operations, leaves,
   * and the shapes of what flows between them. Operations stand in a frame for their layer where
   * {@link LayerTrail#keep} or another watch was on.
   *
   * @param names of leaves, as {@code Layer.parameters()} has them
   * @throws IllegalArgumentException when the tensor depends on nothing that requires a gradient
   */
  public static String toDot(Tensor output, Map<String, Tensor> names) {
    return new TapeGraph(output, names).dot(output.shape());
  }

  /** Whether the gradient of this node is asked for, or leads to one that is. */
  boolean needs(Node node) {
    return needed.contains(node);
  }

  boolean createGraph() {
    return createGraph;
  }

  private void seed(String who, List<Tensor> outputs, @Nullable List<Tensor> gradients) {
    if (outputs.isEmpty() || gradients != null && gradients.size() != outputs.size()) {
      throw new IllegalArgumentException(
          who
              + ": found "
              + outputs.size()
              + " outputs"
              + (gradients == null ? "" : " and " + gradients.size() + " gradients of outputs")
              + ", expected at least one output, and a gradient for each");
    }
    for (int i = 0; i < outputs.size(); i++) {
      seed(who, outputs.get(i), gradients == null ? null : gradients.get(i));
    }
  }

  private void seed(String who, Tensor root, @Nullable Tensor gradient) {
    Node node = root.node();
    if (node == null) {
      throw new IllegalStateException(
          who + ": tensor " + root.shape() + " depends on nothing that requires a gradient");
    }
    Tensor dy;
    if (gradient == null) {
      if (root.shape().size() != 1) {
        throw new IllegalArgumentException(
            who + ": without a gradient the output must be a scalar, found shape " + root.shape());
      }
      dy = Tensor.full(1, root.shape().toArray());
    } else {
      checkGradient(who, "the gradient", gradient, "the output", root.shape());
      // What is recorded hangs on the gradient, too: products with vectors use that.
      dy = createGraph ? gradient : gradient.alias();
    }
    if (needs(node)) {
      add(node, dy);
    }
  }

  /** Refuses what kernels would take for floats of the shape of what it is the gradient of. */
  static void checkGradient(String who, String what, Tensor gradient, String of, Shape shape) {
    if (!gradient.shape().equals(shape)) {
      throw new IllegalArgumentException(
          who + ": " + what + " has shape " + gradient.shape() + ", " + of + " " + shape);
    }
    if (gradient.dtype() != DType.FLOAT32) {
      throw new IllegalArgumentException(
          who + ": " + what + " " + shape + " holds " + gradient.dtype() + ", expected FLOAT32");
    }
  }

  private void run() {
    ThreadState state = ThreadState.current();
    boolean before = state.recording;
    Scope home = state.home;
    state.recording = createGraph;
    state.home = state.scope;
    Profiler profiler = state.profiler;
    boolean inBackward = profiler != null && profiler.inBackward(true);
    try {
      for (Node node = queue.poll(); node != null; node = queue.poll()) {
        Tensor dy = java.util.Objects.requireNonNull(gradients.remove(node));
        step(node, dy);
      }
    } finally {
      state.recording = before;
      state.home = home;
      if (profiler != null) {
        profiler.inBackward(inBackward);
      }
    }
  }

  private void step(Node node, Tensor gradient) {
    Tensor dy = gradient;
    if (node.hooks != null) {
      for (UnaryOperator<Tensor> hook : node.hooks) {
        dy = createGraph ? hook.apply(dy) : replaced(hook, dy);
        checkGradient(
            "onGradient",
            "what the hook returned",
            dy,
            "the gradient it was given",
            gradient.shape());
      }
    }
    Integer index = wanted == null ? null : wanted.get(node);
    if (index != null) {
      captured[index] = createGraph ? dy : dy.alias();
    }
    Tensor leaf = node.leaf();
    if (leaf != null) {
      if (wanted == null) {
        leaf.accumulateGrad(dy, createGraph);
      }
    } else if (needed.liesBehind(node)) {
      propagate(node, dy);
    }
    if (!createGraph) {
      dy.close();
    }
  }

  /**
   * What a hook makes of a gradient. What it makes on the way goes back to the pool, and so does
   * the gradient that it replaced.
   */
  private static Tensor replaced(UnaryOperator<Tensor> hook, Tensor dy) {
    Tensor mine;
    try (Scope scope = Scope.open()) {
      Tensor result = hook.apply(dy);
      if (result == dy) {
        return dy;
      }
      // A tensor that was there before belongs to somebody else, who wants it open.
      mine = result.storage().scope == scope ? scope.keep(result) : result.alias();
    }
    dy.close();
    return mine;
  }

  private void propagate(Node node, Tensor dy) {
    node.checkNotFreed();
    @Nullable Node[] edges = node.edges();
    @Nullable Tensor[] dx;
    if (createGraph) {
      dx = node.backward(dy, this);
    } else {
      // What backward makes on the way goes back to the pool at once; only the gradients stay.
      try (Scope scope = Scope.open()) {
        dx = node.backward(dy, this);
        for (int i = 0; i < dx.length; i++) {
          Tensor g = dx[i];
          if (g == null || edges[i] == null || !needs(edges[i])) {
            continue;
          }
          if (g == dy || repeated(dx, i)) {
            dx[i] = g.alias();
          } else if (g.storage().scope == scope) {
            scope.keep(g);
          } else if (g.storage() != dy.storage()) {
            // It was there before backward, so it belongs to somebody else, who wants it open.
            dx[i] = g.alias();
          }
        }
      }
    }
    for (int i = 0; i < dx.length; i++) {
      Node target = edges[i];
      Tensor g = dx[i];
      if (target != null && g != null && needs(target)) {
        add(target, g);
      }
    }
    if (!retainGraph) {
      node.free();
    }
    if (closing != null) {
      // All that was computed from it has run before.
      node.freeMade(closing);
    }
  }

  private static boolean repeated(@Nullable Tensor[] gradients, int index) {
    for (int i = 0; i < index; i++) {
      if (gradients[i] == gradients[index]) {
        return true;
      }
    }
    return false;
  }

  private void add(Node node, Tensor gradient) {
    Tensor pending = gradients.get(node);
    if (pending == null) {
      gradients.put(node, gradient);
      queue.add(node);
      return;
    }
    if (!createGraph && pending.addInPlace(gradient)) {
      gradient.close();
      return;
    }
    Tensor sum = pending.add(gradient);
    gradients.put(node, sum);
    if (!createGraph) {
      pending.close();
      gradient.close();
    }
  }
}
