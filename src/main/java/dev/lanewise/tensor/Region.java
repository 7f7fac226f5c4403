package dev.lanewise.tensor;

import dev.lanewise.op.CustomOp;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The nodes of one checkpointed function. They are on the tape as all others are, but what they
 * saved is given up, as far as it was made inside. The first of them that asks for it in backward
 * has the function computed again, with nodes that nobody links to, and each node takes over what
 * its like has saved.
 */
final class Region {
  private final @Nullable Region outer;

  /** Holds the inputs, as a node of the region around this one: there they are made again, too. */
  private final Node inputs;

  private final Function<List<Tensor>, List<Tensor>> function;
  private final List<Node> nodes = new ArrayList<>();

  /** Where the generators of random numbers stood before they were used here. */
  private final Map<Generator, Long> draws = new IdentityHashMap<>();

  /** How many nodes still need what was made again. */
  private final Map<Storage, Integer> users = new IdentityHashMap<>();

  private int results;
  private int unfinished;

  /** Whether derivatives of derivatives have got hold of what was made again. */
  private boolean lent;

  private Region(
      ThreadState state, Function<List<Tensor>, List<Tensor>> function, List<Tensor> inputs) {
    this.outer = state.region;
    this.function = function;
    Tensor[] tensors = inputs.toArray(Tensor[]::new);
    Shape[] shapes = inputs.stream().map(Tensor::shape).toArray(Shape[]::new);
    this.inputs = Node.of(new Inputs(), tensors, shapes);
    this.inputs.save(tensors);
    if (outer != null) {
      outer.add(this.inputs);
    }
  }

  /** Stands in the list of nodes where a region holds the inputs of one inside; never on a tape. */
  private record Inputs() implements CustomOp {
    @Override
    public String name() {
      return "checkpoint";
    }

    @Override
    public Shape shape(Shape... inputs) {
      throw new AssertionError("the inputs of a checkpoint are on a tape");
    }

    @Override
    public Tensor forward(Node node, Shape shape, Tensor... inputs) {
      throw new AssertionError("the inputs of a checkpoint are on a tape");
    }

    @Override
    public Tensor[] backward(Node node, Tensor dy) {
      throw new AssertionError("the inputs of a checkpoint are on a tape");
    }
  }

  /** Computes the function for the first time. */
  static List<Tensor> record(
      ThreadState state, Function<List<Tensor>, List<Tensor>> function, List<Tensor> inputs) {
    Region region = new Region(state, function, List.copyOf(inputs));
    state.region = region;
    try (Scope scope = Scope.open()) {
      List<Tensor> results = function.apply(inputs);
      for (Tensor result : results) {
        if (result.storage().scope == scope) {
          scope.keep(result);
        }
      }
      for (Node node : region.nodes) {
        region.unfinished += node.drop(region, scope) ? 1 : 0;
      }
      region.results = results.size();
      if (region.unfinished == 0) {
        region.inputs.free();
      }
      return results;
    } finally {
      state.region = region.outer;
    }
  }

  /** A node was recorded: what it saves may belong to each of the regions around it. */
  void add(Node node) {
    for (Region region = this; region != null; region = region.outer) {
      region.nodes.add(node);
    }
  }

  /** A generator is about to draw. */
  void draws(Generator random) {
    for (Region region = this; region != null; region = region.outer) {
      region.draws.putIfAbsent(random, random.draws());
    }
  }

  /** Computes the function again, and gives the nodes what they had given up. */
  void replay() {
    List<Tensor> again = inputs.allSaved();
    ThreadState state = ThreadState.current();
    lent |= state.recording; // only where gradients are to be differentiated in turn
    Region around = state.region;
    boolean replaying = state.replaying;
    Map<Generator, Long> now = new IdentityHashMap<>();
    draws.forEach((random, before) -> {
      now.put(random, random.draws());
      random.skipTo(before);
    });
    state.region = null;
    Region copy = new Region(state, function, again);
    state.region = copy;
    state.replaying = true;
    try (Scope scope = Scope.open();
        Tape.Pause pause = Tape.record()) {
      int made = function.apply(again).size();
      if (made != results) {
        throw different("give " + made + " results", results + "");
      }
      take(copy, scope, state.home);
    } finally {
      state.region = around;
      state.replaying = replaying;
      now.forEach(Generator::skipTo);
    }
  }

  private void take(Region copy, Scope scope, @Nullable Scope home) {
    if (copy.nodes.size() != nodes.size()) {
      throw different(copy.nodes.size() + " operations", nodes.size() + "");
    }
    users.clear();
    for (int i = 0; i < nodes.size(); i++) {
      Node node = nodes.get(i);
      Node like = copy.nodes.get(i);
      if (!node.name().equals(like.name())) {
        throw different(like.name() + " as operation " + i, node.name());
      }
      for (Tensor taken : node.take(like, this)) {
        Storage storage = taken.storage();
        users.merge(storage, 1, Integer::sum);
        if (storage.scope == scope) {
          storage.moveTo(home);
        }
      }
    }
  }

  private static IllegalStateException different(String found, String expected) {
    return new IllegalStateException(
        "checkpoint: computed again for backward, the function did "
            + found
            + ", expected "
            + expected
            + " as the first time; it must compute the same");
  }

  /** Backward has passed a node, which needs no longer what it took. */
  void passed(List<Tensor> taken) {
    for (Tensor tensor : taken) {
      Storage storage = tensor.storage();
      if (users.merge(storage, -1, Integer::sum) == 0 && !lent && !storage.closed()) {
        storage.free();
      }
    }
    if (--unfinished == 0) {
      inputs.free();
    }
  }
}
