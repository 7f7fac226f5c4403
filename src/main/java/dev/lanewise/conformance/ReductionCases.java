package dev.lanewise.conformance;

import static dev.lanewise.conformance.ReferenceOps.op;

import dev.lanewise.tensor.Tensor;
import java.util.function.BiFunction;

/** Reductions and running sums. */
final class ReductionCases {
  private ReductionCases() {}

  static void register() {
    reduce("sum", (c, dims) -> c.in("x").sumKeep(dims));
    reduce("mean", (c, dims) -> c.in("x").meanKeep(dims));
    reduce("prod", (c, dims) -> c.in("x").prodKeep(dims));
    reduce("max", (c, dims) -> c.in("x").maxKeep(dims));
    reduce("min", (c, dims) -> c.in("x").minKeep(dims));
    reduce("amax", (c, dims) -> c.in("x").maxKeep(dims));
    reduce("amin", (c, dims) -> c.in("x").minKeep(dims));
    reduce("logsumexp", (c, dims) -> c.in("x").logsumexpKeep(dims));
    reduce("var", (c, dims) -> c.in("x").var(correction(c), true, dims));
    reduce("std", (c, dims) -> c.in("x").std(correction(c), true, dims));
    reduce("norm", (c, dims) -> c.in("x").norm(order(c), true, dims));
    reduce("vector_norm", (c, dims) -> c.in("x").norm(order(c), true, dims));
    op("argmax", c -> index(c, c.in("x").argmax(c.integer("dim"))));
    op("argmin", c -> index(c, c.in("x").argmin(c.integer("dim"))));
    op("cumsum", c -> c.in("x").cumsum(c.integer("dim")));
    op("cumprod", c -> c.in("x").cumprod(c.integer("dim")));
    op(
        "cosine_similarity",
        c -> c.in("a").cosineSimilarity(c.in("b"), dim(c), c.number("eps", 1e-8f)));
    op("normalize", c -> normalize(c.in("x"), order(c), dim(c), c.number("eps", 1e-12f)));
  }

  /** Under its own name and as {@code reduce_...}; the body keeps the dimensions. */
  private static void reduce(String name, BiFunction<Case, int[], Tensor> body) {
    for (String full : new String[] {name, "reduce_" + name}) {
      op(full, c -> reduced(c, body));
    }
  }

  private static Tensor reduced(Case c, BiFunction<Case, int[], Tensor> body) {
    String name = c.attribute("dims") != null ? "dims" : "dim";
    int[] dims = c.attribute(name) == null ? new int[0] : c.ints(name);
    Tensor kept = body.apply(c, dims);
    if (c.flag("keepdim")) {
      return kept;
    }
    // What was reduced has size 1 now, and a sum over it changes nothing but the shape.
    return kept.sum(dims);
  }

  private static int correction(Case c) {
    if (c.attribute("correction") != null) {
      return c.integer("correction");
    }
    return Boolean.FALSE.equals(c.attribute("unbiased")) ? 0 : 1;
  }

  private static float order(Case c) {
    Object p = c.attribute("p") != null ? c.attribute("p") : c.attribute("ord");
    if (p instanceof String text) {
      return text.startsWith("-")
          ? Float.NEGATIVE_INFINITY
          : text.contains("inf") ? Float.POSITIVE_INFINITY : 2;
    }
    return p instanceof Number number ? number.floatValue() : 2;
  }

  private static int dim(Case c) {
    return c.attribute("dim") == null ? 1 : c.integer("dim");
  }

  private static Tensor index(Case c, Tensor index) {
    return c.flag("keepdim") ? index.unsqueeze(c.integer("dim")) : index;
  }

  private static Tensor normalize(Tensor x, float p, int dim, float eps) {
    return x.div(x.norm(p, true, dim).clamp(eps, Float.POSITIVE_INFINITY));
  }
}
