package dev.lanewise.tensor;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The nodes that lead to what is wanted: a backward needs no others. */
final class NeededNodes {
  static final NeededNodes ALL = new NeededNodes(null);

  private final @Nullable Set<Node> nodes;

  private NeededNodes(@Nullable Set<Node> nodes) {
    this.nodes = nodes;
  }

  /** The nodes on any way from the outputs to what is wanted. */
  static NeededNodes between(List<Tensor> outputs, Set<Node> wanted) {
    long first = Long.MAX_VALUE;
    for (Node node : wanted) {
      first = Math.min(first, node.sequence());
    }
    List<Node> reached = new ArrayList<>();
    Set<Node> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    for (Tensor output : outputs) {
      Node node = output.node();
      if (node != null && node.sequence() >= first && seen.add(node)) {
        reached.add(node);
      }
    }
    // Inputs are older than results, so nothing wanted lies behind what is older than all of it.
    for (int i = 0; i < reached.size(); i++) {
      for (Node edge : reached.get(i).edges()) {
        if (edge != null && edge.sequence() >= first && seen.add(edge)) {
          reached.add(edge);
        }
      }
    }
    reached.sort(Comparator.comparingLong(Node::sequence));
    Set<Node> needed = Collections.newSetFromMap(new IdentityHashMap<>());
    for (Node node : reached) {
      boolean leads = wanted.contains(node);
      for (Node edge : node.edges()) {
        leads |= edge != null && needed.contains(edge);
      }
      if (leads) {
        needed.add(node);
      }
    }
    return new NeededNodes(needed);
  }

  boolean contains(Node node) {
    return nodes == null || nodes.contains(node);
  }

  /** Whether a needed node lies behind this one: not so where all of them are reached. */
  boolean liesBehind(Node node) {
    if (nodes == null) {
      return true;
    }
    for (Node edge : node.edges()) {
      if (edge != null && nodes.contains(edge)) {
        return true;
      }
    }
    return false;
  }
}
