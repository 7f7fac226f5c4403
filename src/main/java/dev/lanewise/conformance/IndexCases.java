package dev.lanewise.conformance;

import static dev.lanewise.conformance.ReferenceOps.op;
import static dev.lanewise.conformance.ReferenceOps.outputs;

import dev.lanewise.tensor.IndexOps;
import dev.lanewise.tensor.Reduction;
import dev.lanewise.tensor.ScatterMode;
import dev.lanewise.tensor.Tensor;
import java.util.Map;

/** Operations that take indices. */
final class IndexCases {
  private IndexCases() {}

  static void register() {
    op("gather", c -> c.in("x").gather(c.integer("dims", 0), index(c)));
    op("take_along_dim", c -> c.in("x").takeAlongDim(index(c), c.integer("dims", 0)));
    op("index_select", c -> c.in("x").indexSelect(c.integer("dims", 0), index(c)));
    op("index_add", c -> c.in("x").indexAdd(c.integer("dims", 0), index(c), source(c)));
    op("index_copy", c -> c.in("x").indexCopy(c.integer("dims", 0), index(c), source(c)));
    op("scatter_add", c -> c.in("x").scatterAdd(c.integer("dims", 0), index(c), source(c)));
    op("scatter", IndexCases::scatter);
    op("take", c -> c.in("x").take(index(c)));
    op("masked_select", c -> c.in("x").maskedSelect(c.in("mask")));
    op("embedding", IndexCases::embedding);
    op("embedding_bag", IndexCases::bag);
    op(
        "index_fill",
        c -> c.in("x").indexFill(c.integer("dims", 0), index(c), c.number("value", 0)));
    op("masked_scatter", c -> c.in("x").maskedScatter(c.in("mask"), source(c)));
    op("index", c -> c.in("x").indexSelect(0, index(c)));
    op("index_put", IndexCases::put);
    op("scatter_reduce", IndexCases::reduce);
    outputs("cummax", c -> both(c.in("x").cummax(dim(c))));
    outputs("cummin", c -> both(c.in("x").cummin(dim(c))));
    outputs("mode", c -> both(c.in("x").mode(dim(c))));
    op("msort", c -> c.in("x").sort(0, false).values());
    op("quantile", c -> c.in("x").quantile(c.number("q", 0.5f), dim(c)));
    op("one_hot", c -> index(c).oneHot(c.integer("num")));
    outputs("sort", c -> both(c.in("x").sort(dim(c), c.flag("descending"))));
    op("argsort", c -> c.in("x").argsort(dim(c), c.flag("descending")));
    outputs(
        "topk",
        c ->
            both(
                c.in("x")
                    .topk(
                        c.integer("k"),
                        dim(c),
                        c.attribute("largest") == null || c.flag("largest"))));
    outputs("kthvalue", c -> both(c.in("x").kthvalue(c.integer("k"), dim(c))));
    outputs("median", IndexCases::median);
  }

  private static int dim(Case c) {
    return c.integer("dims", -1);
  }

  private static Tensor index(Case c) {
    return c.in("idx");
  }

  private static Tensor source(Case c) {
    return c.in("src");
  }

  private static Tensor weights(Case c) {
    return c.weight("weight");
  }

  private static Tensor embedding(Case c) {
    Tensor table = weights(c);
    Tensor index = index(c);
    int padding = c.integer("padding_idx", -1);
    int ignored =
        c.attribute("padding_idx") != null && padding < 0
            ? padding + table.shape().dim(0)
            : padding;
    if (c.attribute("max_norm") != null) {
      table.renormRows(index, c.number("max_norm", 1), c.number("norm_type", 2));
    }
    Tensor rows = table.embedding(index, ignored);
    return c.flag("scale_grad_by_freq") ? byFrequency(rows, index) : rows;
  }

  /** The same rows, but their gradients divided by how often each index occurs. */
  private static Tensor byFrequency(Tensor rows, Tensor index) {
    Tensor flat = index.reshape(-1);
    Tensor times = flat.unsqueeze(0).eq(flat.unsqueeze(1)).countNonzero(1);
    Tensor share = times.reciprocal().reshape(index.shape().toArray()).unsqueeze(-1);
    return rows.mul(share).add(rows.detach().mul(share.neg().add(1)));
  }

  private static Tensor bag(Case c) {
    if (c.text("mode", "mean").equals("max")) {
      return weights(c).embedding(index(c), -1).max(1);
    }
    Reduction reduction = c.text("mode", "mean").equals("sum") ? Reduction.SUM : Reduction.MEAN;
    return weights(c).embeddingBag(index(c), c.input("offsets"), reduction);
  }

  private static Map<String, Tensor> median(Case c) {
    return c.attribute("dims") == null
        ? Map.of("out", c.in("x").reshape(-1).median(0).values())
        : both(c.in("x").median(dim(c)));
  }

  private static Tensor put(Case c) {
    return c.flag("accumulate")
        ? c.in("x").indexAdd(0, index(c), source(c))
        : c.in("x").indexCopy(0, index(c), source(c));
  }

  private static Tensor reduce(Case c) {
    ScatterMode mode =
        switch (c.text("reduce", "sum")) {
          case "sum", "add" -> ScatterMode.SUM;
          case "mean" -> ScatterMode.MEAN;
          case "prod", "multiply" -> ScatterMode.PROD;
          case "amax", "max" -> ScatterMode.AMAX;
          case "amin", "min" -> ScatterMode.AMIN;
          default ->
              throw new UnsupportedCaseException("scatter_reduce by " + c.text("reduce", ""));
        };
    return c.in("x")
        .scatterReduce(
            c.integer("dims", 0), index(c), source(c), mode, c.flag("include_self", true));
  }

  private static Tensor scatter(Case c) {
    return c.attributes().get("value") == null
        ? c.in("x").scatter(c.integer("dims", 0), index(c), source(c))
        : c.in("x").scatter(c.integer("dims", 0), index(c), c.number("value", 0));
  }

  private static Map<String, Tensor> both(IndexOps.Sorted sorted) {
    return Map.of(
        "out", sorted.values(),
        "values", sorted.values(),
        "indices", sorted.indices());
  }
}
