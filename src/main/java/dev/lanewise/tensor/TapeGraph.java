package dev.lanewise.tensor;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Writes what a tensor was computed from in the language of Graphviz. */
final class TapeGraph {
  private final Map<Node, Integer> numbers = new IdentityHashMap<>();
  private final List<Node> nodes = new ArrayList<>();
  private final Map<Node, String> leaves = new IdentityHashMap<>();

  TapeGraph(Tensor output, Map<String, Tensor> names) {
    names.forEach((name, tensor) -> {
      Node node = tensor.node();
      if (node != null) {
        leaves.put(node, name);
      }
    });
    Node root = output.node();
    if (root == null) {
      throw new IllegalArgumentException(
          "toDot: tensor " + output.shape() + " depends on nothing that requires a gradient");
    }
    number(root);
    // The list grows while it is walked: no recursion, however deep the tape.
    for (int i = 0; i < nodes.size(); i++) {
      for (Node edge : nodes.get(i).edges()) {
        if (edge != null && !numbers.containsKey(edge)) {
          number(edge);
        }
      }
    }
  }

  private void number(Node node) {
    numbers.put(node, nodes.size());
    nodes.add(node);
  }

  String dot(Shape output) {
    StringBuilder dot = new StringBuilder("digraph tape {\n  rankdir=BT;\n  node [fontsize=11];\n");
    Map<String, StringBuilder> layers = new TreeMap<>();
    for (Node node : nodes) {
      layers.computeIfAbsent(node.layer(), _ -> new StringBuilder()).append(line(node));
    }
    layers.forEach((layer, lines) -> {
      if (layer.isEmpty()) {
        dot.append(lines);
        return;
      }
      dot.append("  subgraph ").append(quoted("cluster " + layer)).append(" {\n");
      dot.append("  label=").append(quoted(layer)).append("; color=gray;\n");
      dot.append(lines).append("  }\n");
    });
    for (Node node : nodes) {
      @Nullable Node[] edges = node.edges();
      for (int i = 0; i < edges.length; i++) {
        Node edge = edges[i];
        if (edge != null) {
          edge(dot, "n" + numbers.get(edge), "n" + numbers.get(node), node.inputShape(i));
        }
      }
    }
    dot.append("  result [shape=plaintext];\n");
    edge(dot, "n0", "result", output);
    return dot.append("}\n").toString();
  }

  private String line(Node node) {
    Tensor leaf = node.leaf();
    String text = node.name();
    if (leaf != null) {
      text = leaves.getOrDefault(node, "leaf") + "\n" + leaf.shape();
    }
    String shape = leaf == null ? "ellipse" : "box";
    return "  n" + numbers.get(node) + " [label=" + quoted(text) + ", shape=" + shape + "];\n";
  }

  private static void edge(StringBuilder dot, String from, String to, Shape shape) {
    dot.append("  ").append(from).append(" -> ").append(to);
    dot.append(" [label=").append(quoted(shape.toString())).append(", fontsize=9];\n");
  }

  private static String quoted(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + '"';
  }
}
