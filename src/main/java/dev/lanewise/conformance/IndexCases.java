package dev.lanewise.conformance;

import static dev.lanewise.conformance.ReferenceOps.op;
import static dev.lanewise.conformance.ReferenceOps.outputs;

import dev.lanewise.tensor.DType;
import dev.lanewise.tensor.IndexOps;
import dev.lanewise.tensor.Tensor;
import java.util.Map;

/** Operations that take indices. */
final class IndexCases {
  private IndexCases() {}

  static void register() {
    op("gather", c -> c.in("x").gather(c.integer("dim"), index(c)));
    op("take_along_dim", c -> c.in("x").takeAlongDim(index(c), c.integer("dim")));
    op("index_select", c -> c.in("x").indexSelect(c.integer("dim"), index(c)));
    op("index_add", c -> c.in("x").indexAdd(c.integer("dim"), index(c), source(c)));
    op("index_copy", c -> c.in("x").indexCopy(c.integer("dim"), index(c), source(c)));
    op("scatter_add", c -> c.in("x").scatterAdd(c.integer("dim"), index(c), source(c)));
    op("scatter", IndexCases::scatter);
    op("take", c -> c.in("x").take(index(c)));
    op("masked_select", c -> c.in("x").maskedSelect(c.in("mask")));
    op("embedding", c -> c.tensor("param.weight").embedding(index(c), padding(c)));
    op(
        "one_hot",
        c -> index(c).oneHot(c.integer(c.attribute("num") == null ? "num_classes" : "num")));
    outputs("sort", c -> both(c.in("x").sort(dim(c), c.flag("descending"))));
    op("argsort", c -> c.in("x").argsort(dim(c), c.flag("descending")).to(DType.FLOAT32));
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
    outputs("median", c -> both(c.in("x").median(dim(c))));
  }

  private static int dim(Case c) {
    return c.attribute("dim") == null ? -1 : c.integer("dim");
  }

  private static int padding(Case c) {
    return c.attribute("padding_idx") == null ? -1 : c.integer("padding_idx");
  }

  private static Tensor index(Case c) {
    return c.has("in.idx") ? c.in("idx") : c.in(c.has("in.index") ? "index" : "x");
  }

  private static Tensor source(Case c) {
    return c.in(c.has("in.src") ? "src" : "source");
  }

  private static Tensor scatter(Case c) {
    return c.attribute("value") == null
        ? c.in("x").scatter(c.integer("dim"), index(c), source(c))
        : c.in("x").scatter(c.integer("dim"), index(c), c.number("value", 0));
  }

  private static Map<String, Tensor> both(IndexOps.Sorted sorted) {
    return Map.of(
        "out", sorted.values(),
        "values", sorted.values(),
        "indices", sorted.indices().to(DType.FLOAT32));
  }
}
