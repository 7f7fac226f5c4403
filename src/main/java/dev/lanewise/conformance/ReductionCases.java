package dev.lanewise.conformance;

import static dev.lanewise.conformance.ReferenceOps.op;
import static dev.lanewise.conformance.ReferenceOps.outputs;

import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.stream.IntStream;

/** Reductions and running sums. */
final class ReductionCases {
  private ReductionCases() {}

  static void register() {
    reduce("sum", (c, dims) -> c.in("x").sumKeep(dims));
    reduce("mean", (c, dims) -> c.in("x").meanKeep(dims));
    reduce("prod", (c, dims) -> c.in("x").prodKeep(dims));
    extreme("max", Tensor::maxKeep, Tensor::amaxKeep, Tensor::argmax);
    extreme("min", Tensor::minKeep, Tensor::aminKeep, Tensor::argmin);
    reduce("amax", (c, dims) -> c.in("x").amaxKeep(dims));
    reduce("amin", (c, dims) -> c.in("x").aminKeep(dims));
    reduce("logsumexp", (c, dims) -> c.in("x").logsumexpKeep(dims));
    reduce("var", (c, dims) -> c.in("x").var(correction(c), true, dims));
    reduce("std", (c, dims) -> c.in("x").std(correction(c), true, dims));
    reduce("norm", (c, dims) -> c.in("x").norm(order(c), true, dims));
    reduce("vector_norm", (c, dims) -> c.in("x").norm(order(c), true, dims));
    reduce("any", (c, dims) -> Tensor.where(c.in("x").any(dims), one(), zero()));
    reduce("all", (c, dims) -> Tensor.where(c.in("x").all(dims), one(), zero()));
    for (String prefix : List.of("", "reduce_")) {
      op(prefix + "argmax", c -> index(c, Tensor::argmax));
      op(prefix + "argmin", c -> index(c, Tensor::argmin));
    }
    reduce("nansum", (c, dims) -> c.in("x").nansum(dims));
    reduce("nanmean", (c, dims) -> c.in("x").nanmean(dims));
    op("count_nonzero", c -> c.in("x").countNonzero(dims(c)));
    op("cumsum", c -> c.in("x").cumsum(dim(c, 0)));
    op("cumprod", c -> c.in("x").cumprod(dim(c, 0)));
    op("logcumsumexp", c -> c.in("x").logcumsumexp(dim(c, 0)));
    op("trapz", c -> c.in("x").trapezoid(dim(c, -1)));
    op("trapezoid", c -> c.in("x").trapezoid(dim(c, -1)));
    op("cov", c -> c.in("x").cov(c.integer("correction", 1)));
    op("corrcoef", c -> c.in("x").corrcoef());
    op("diff", ReductionCases::diff);
    outputs("var_mean", c -> withMean(c, "var", c.in("x").var(correction(c), true, dims(c))));
    outputs("std_mean", c -> withMean(c, "std", c.in("x").std(correction(c), true, dims(c))));
    outputs(
        "aminmax",
        c ->
            Map.of(
                "min", shaped(c, c.in("x").minKeep(dims(c))),
                "max", shaped(c, c.in("x").maxKeep(dims(c)))));
    op("renorm", ReductionCases::renorm);
    op(
        "cosine_similarity",
        c -> c.in("a").cosineSimilarity(c.in("b"), dim(c, 1), c.number("eps", 1e-8f)));
    op("normalize", c -> normalize(c.in("x"), order(c), dim(c, 1), c.number("eps", 1e-12f)));
  }

  private static Tensor one() {
    return Tensor.scalar(1);
  }

  private static Tensor zero() {
    return Tensor.scalar(0);
  }

  /** Under its own name and as {@code reduce_...}; the body keeps the dimensions. */
  private static void reduce(String name, BiFunction<Case, int[], Tensor> body) {
    for (String prefix : List.of("", "reduce_")) {
      op(prefix + name, c -> shaped(c, body.apply(c, dims(c))));
    }
  }

  /**
   * A reduction that along one dimension also says where: torch.max(x, dim) gives both, and the
   * first of equals the gradient; else, as in torch.amax, equals share it.
   */
  private static void extreme(
      String name,
      BiFunction<Tensor, int[], Tensor> first,
      BiFunction<Tensor, int[], Tensor> even,
      BiFunction<Tensor, Integer, Tensor> place) {
    for (String prefix : List.of("", "reduce_")) {
      outputs(
          prefix + name,
          c -> {
            Map<String, Tensor> result = new LinkedHashMap<>();
            boolean both = c.has("out.indices") || c.has("aux.indices");
            Tensor y = shaped(c, (both ? first : even).apply(c.in("x"), dims(c)));
            result.put("out", y);
            result.put("values", y);
            if (dims(c).length == 1) {
              result.put("indices", index(c, place));
            }
            return result;
          });
    }
  }

  private static int[] dims(Case c) {
    return c.attribute("dims") == null ? new int[0] : c.ints("dims");
  }

  private static int dim(Case c, int otherwise) {
    return c.integer("dims", otherwise);
  }

  /** What was reduced stays with size 1, or goes. */
  private static Tensor shaped(Case c, Tensor kept) {
    int[] dims = dims(c);
    Shape shape = c.in("x").shape();
    boolean[] gone = new boolean[shape.rank()];
    for (int i = 0; i < gone.length; i++) {
      gone[i] = dims.length == 0;
    }
    for (int dim : dims) {
      gone[shape.axis(c.op, dim)] = true;
    }
    boolean stays = c.flag("keepdim");
    return kept.reshape(
        IntStream.range(0, gone.length)
            .filter(i -> stays || !gone[i])
            .map(i -> gone[i] ? 1 : shape.dim(i))
            .toArray());
  }

  private static Tensor diff(Case c) {
    Tensor y = c.in("x");
    for (int i = 0; i < c.integer("n", 1); i++) {
      y = y.diff(dim(c, -1));
    }
    return y;
  }

  private static Map<String, Tensor> withMean(Case c, String name, Tensor kept) {
    return Map.of(name, shaped(c, kept), "mean", shaped(c, c.in("x").meanKeep(dims(c))));
  }

  /** Slices of a dimension, none longer than the bound. */
  private static Tensor renorm(Case c) {
    Tensor x = c.in("x");
    int axis = x.shape().axis(c.op, dim(c, 0));
    int[] others = IntStream.range(0, x.shape().rank()).filter(i -> i != axis).toArray();
    Tensor norm = x.norm(order(c), true, others);
    Tensor most = Tensor.scalar(c.number("maxnorm", 1));
    return x.mul(Tensor.where(norm.gt(most), most.div(norm.add(1e-7f)), one()));
  }

  private static int correction(Case c) {
    if (c.attribute("correction") != null) {
      return c.integer("correction");
    }
    return Boolean.FALSE.equals(c.attribute("unbiased")) ? 0 : 1;
  }

  private static float order(Case c) {
    return c.number("p", 2);
  }

  private static Tensor index(Case c, BiFunction<Tensor, Integer, Tensor> place) {
    if (c.attribute("dims") == null) {
      return place.apply(c.in("x").reshape(-1), 0);
    }
    Tensor index = place.apply(c.in("x"), c.integer("dims"));
    return c.flag("keepdim") ? index.unsqueeze(c.integer("dims")) : index;
  }

  private static Tensor normalize(Tensor x, float p, int dim, float eps) {
    return x.div(x.norm(p, true, dim).clamp(eps, Float.POSITIVE_INFINITY));
  }
}
