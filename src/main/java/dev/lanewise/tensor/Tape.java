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

  private final @Nullable Tensor[] captured;
  private final PriorityQueue<Node> queue =
      new PriorityQueue<>((a, b) -> Long.compare(b.sequence(), a.sequence()));
  private final Map<Node, Tensor> gradients = new IdentityHashMap<>();

  private Tape(
      boolean retainGraph,
      boolean createGraph,
      @Nullable Map<Node, Integer> wanted,
      int wantedCount) {
    this.retainGraph = retainGraph || createGraph;
    this.createGraph = createGraph;
    this.wanted = wanted;
    this.captured = new Tensor[wantedCount];
  }

  /** Whether operations on this thread are recorded. */
  public static boolean recording() {
    return ThreadState.current().recording;
  }

  /** A stretch of code in which nothing is recorded. */
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

  /** Evaluates something with recording off. */
  public static <T extends @Nullable Object> T noGrad(Supplier<T> body) {
    try (Pause pause = noGrad()) {
      return body.get();
    }
  }

  static void backward(
      Tensor root, @Nullable Tensor gradient, boolean retainGraph, boolean createGraph) {
    Tape tape = new Tape(retainGraph, createGraph, null, 0);
    tape.seed("backward", root, gradient);
    tape.run();
  }

  /**
   * Gradients of the sum of {@code outputs} with respect to {@code inputs}, without touching {@link
   * Tensor#grad()}.
   *
   * @param createGraph whether the gradients can be differentiated in turn
   * @throws IllegalArgumentException when an output is not a scalar, or an input has no part in
   *     them
   */
  public static Tensor[] grad(List<Tensor> outputs, List<Tensor> inputs, boolean createGraph) {
    return grad(outputs, null, inputs, createGraph, createGraph);
  }

  /**
   * Gradients of {@code Σ <outputs_i, outputGradients_i>} with respect to {@code inputs}.
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
        gradients(outputs, outputGradients, inputs, retainGraph, createGraph);
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

  /** As {@link #grad}, with null for inputs that have no part in the output. */
  static @Nullable Tensor[] gradUnchecked(Tensor output, List<Tensor> inputs, boolean createGraph) {
    return gradients(List.of(output), null, inputs, createGraph, createGraph);
  }

  private static @Nullable Tensor[] gradients(
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
    Tape tape = new Tape(retainGraph, createGraph, wanted, inputs.size());
    for (int i = 0; i < outputs.size(); i++) {
      tape.seed("grad", outputs.get(i), outputGradients == null ? null : outputGradients.get(i));
    }
    tape.run();
    return tape.captured;
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
    } else if (!gradient.shape().equals(root.shape())) {
      throw new IllegalArgumentException(
          who + ": the gradient has shape " + gradient.shape() + ", the output " + root.shape());
    } else {
      dy = gradient.alias();
    }
    add(node, dy);
  }

  private void run() {
    ThreadState state = ThreadState.current();
    boolean before = state.recording;
    state.recording = createGraph;
    Profiler profiler = state.profiler;
    boolean inBackward = profiler != null && profiler.inBackward(true);
    try {
      for (Node node = queue.poll(); node != null; node = queue.poll()) {
        Tensor dy = java.util.Objects.requireNonNull(gradients.remove(node));
        step(node, dy);
      }
    } finally {
      state.recording = before;
      if (profiler != null) {
        profiler.inBackward(inBackward);
      }
    }
  }

  private void step(Node node, Tensor gradient) {
    Tensor dy = gradient;
    if (node.hooks != null) {
      for (UnaryOperator<Tensor> hook : node.hooks) {
        dy = hook.apply(dy);
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
    } else {
      propagate(node, dy);
    }
    if (!createGraph) {
      dy.close();
    }
  }

  private void propagate(Node node, Tensor dy) {
    node.checkNotFreed();
    @Nullable Node[] edges = node.edges();
    @Nullable Tensor[] dx;
    if (createGraph) {
      dx = node.backward(dy, true);
    } else {
      // What backward makes on the way goes back to the pool at once; only the gradients stay.
      try (Scope scope = Scope.open()) {
        dx = node.backward(dy, false);
        for (int i = 0; i < dx.length; i++) {
          Tensor g = dx[i];
          if (g == null || edges[i] == null) {
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
      if (target != null && g != null) {
        add(target, g);
      }
    }
    if (!retainGraph) {
      node.free();
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
    Tensor sum = pending.add(gradient);
    gradients.put(node, sum);
    if (!createGraph) {
      pending.close();
      gradient.close();
    }
  }
}
