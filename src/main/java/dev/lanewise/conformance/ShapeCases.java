package dev.lanewise.conformance;

import static dev.lanewise.conformance.ReferenceOps.op;

import dev.lanewise.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** Views, copies and matrix products. */
final class ShapeCases {
  private ShapeCases() {}

  static void register() {
    op("matmul", c -> c.in("a").matmul(c.in("b")));
    op("transpose", c -> c.in("x").transpose(c.ints("dims")[0], c.ints("dims")[1]));
    op("permute", c -> c.in("x").permute(c.ints("dims")));
    op("reshape", c -> c.in("x").reshape(c.ints("shape")));
    op("expand", c -> c.in("x").expand(c.ints("shape")));
    op("flatten", c -> c.in("x").flatten(c.integer("start"), -1));
    op("unsqueeze", c -> c.in("x").unsqueeze(c.integer("dim")));
    op("concat", c -> Tensor.concat(numbered(c), c.integer("dim")));
    op("stack", c -> Tensor.stack(numbered(c), c.integer("dim")));
    for (String name : List.of("slice", "permute_reshape", "diff_views", "graph_reuse")) {
      op(name, c -> Expression.evaluate(c.text("expr", ""), c.all("in.")));
    }
  }

  private static List<Tensor> numbered(Case c) {
    List<Tensor> parts = new ArrayList<>();
    while (c.has("in.x" + parts.size())) {
      parts.add(c.in("x" + parts.size()));
    }
    return parts;
  }
}
