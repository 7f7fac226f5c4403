package dev.lanewise.conformance;

import static dev.lanewise.conformance.ReferenceOps.op;

import dev.lanewise.op.CrossEntropy;
import dev.lanewise.tensor.DType;
import dev.lanewise.tensor.Reduction;
import dev.lanewise.tensor.Tensor;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Losses. */
final class LossCases {
  private LossCases() {}

  static void register() {
    losses("mse", c -> prediction(c).mse(c.in("target"), reduction(c)));
    losses("l1", c -> prediction(c).l1(c.in("target"), reduction(c)));
    losses(
        "smooth_l1",
        c -> prediction(c).smoothL1(c.in("target"), c.number("beta", 1), reduction(c)));
    losses("huber", c -> prediction(c).huber(c.in("target"), c.number("delta", 1), reduction(c)));
    losses("bce", c -> prediction(c).bce(c.in("target"), tensor(c, "weight"), reduction(c)));
    losses(
        "binary_cross_entropy",
        c -> prediction(c).bce(c.in("target"), tensor(c, "weight"), reduction(c)));
    losses("bce_with_logits", c -> logits(c));
    losses("binary_cross_entropy_with_logits", c -> logits(c));
    losses("kl_div", c -> prediction(c).klDiv(c.in("target"), c.flag("log_target"), reduction(c)));
    losses("hinge", c -> prediction(c).hinge(c.in("target"), reduction(c)));
    losses(
        "hinge_embedding",
        c -> prediction(c).hingeEmbedding(c.in("target"), c.number("margin", 1), reduction(c)));
    losses("soft_margin", c -> prediction(c).softMargin(c.in("target"), reduction(c)));
    losses(
        "multilabel_soft_margin",
        c -> prediction(c).multilabelSoftMargin(c.in("target"), tensor(c, "weight"), reduction(c)));
    losses(
        "multi_margin",
        c ->
            prediction(c)
                .multiMargin(
                    c.in("target"),
                    (int) c.number("p", 1),
                    c.number("margin", 1),
                    tensor(c, "weight"),
                    reduction(c)));
    losses(
        "margin_ranking",
        c ->
            first(c, "x1", "input1", "a")
                .marginRanking(
                    first(c, "x2", "input2", "b"),
                    c.in("target"),
                    c.number("margin", 0),
                    reduction(c)));
    losses(
        "cosine_embedding",
        c ->
            first(c, "x1", "input1", "a")
                .cosineEmbedding(
                    first(c, "x2", "input2", "b"),
                    c.in("target"),
                    c.number("margin", 0),
                    reduction(c)));
    losses(
        "triplet_margin",
        c ->
            first(c, "anchor", "a", "x")
                .tripletMargin(
                    first(c, "positive", "p"),
                    first(c, "negative", "n"),
                    c.number("margin", 1),
                    c.number("p", 2),
                    c.number("eps", 1e-6f),
                    c.flag("swap"),
                    reduction(c)));
    losses(
        "triplet",
        c ->
            first(c, "anchor", "a", "x")
                .tripletMargin(
                    first(c, "positive", "p"),
                    first(c, "negative", "n"),
                    c.number("margin", 1),
                    c.number("p", 2),
                    c.number("eps", 1e-6f),
                    c.flag("swap"),
                    reduction(c)));
    losses(
        "poisson_nll",
        c ->
            prediction(c)
                .poissonNll(
                    c.in("target"),
                    !Boolean.FALSE.equals(c.attribute("log_input")),
                    c.flag("full"),
                    c.number("eps", 1e-8f),
                    reduction(c)));
    losses(
        "gaussian_nll",
        c ->
            prediction(c)
                .gaussianNll(
                    c.in("target"),
                    first(c, "var", "variance"),
                    c.flag("full"),
                    c.number("eps", 1e-6f),
                    reduction(c)));
    losses(
        "nll",
        c ->
            first(c, "logprob", "x", "input")
                .nll(c.in("target"), classWeight(c), ignoreIndex(c), reduction(c)));
    losses(
        "pairwise_distance",
        c ->
            first(c, "a", "x1")
                .pairwiseDistance(
                    first(c, "b", "x2"),
                    c.number("p", 2),
                    c.number("eps", 1e-6f),
                    c.flag("keepdim")));
    op("cross_entropy", LossCases::crossEntropy);
    op("cross_entropy_soft_target", LossCases::crossEntropy);
    op("cross_entropy_loss", LossCases::crossEntropy);
  }

  /** With and without the ending {@code _loss}. */
  private static void losses(String name, Function<Case, Tensor> body) {
    op(name, body);
    op(name + "_loss", body);
  }

  private static Tensor first(Case c, String... names) {
    for (String name : names) {
      if (c.has("in." + name)) {
        return c.in(name);
      }
    }
    return c.in(names[0]);
  }

  private static Tensor prediction(Case c) {
    return first(c, "x", "input", "logits", "logprob");
  }

  /** An input or a number of this name, or null. */
  private static @Nullable Tensor tensor(Case c, String name) {
    if (c.has("in." + name)) {
      return c.in(name);
    }
    return c.attribute(name) instanceof Number number ? Tensor.scalar(number.floatValue()) : null;
  }

  private static @Nullable Tensor classWeight(Case c) {
    return c.has("in.class_weight") ? c.in("class_weight") : tensor(c, "weight");
  }

  private static int ignoreIndex(Case c) {
    return c.attribute("ignore_index") == null ? CrossEntropy.NONE : c.integer("ignore_index");
  }

  private static Tensor logits(Case c) {
    return prediction(c)
        .bceWithLogits(c.in("target"), tensor(c, "weight"), tensor(c, "pos_weight"), reduction(c));
  }

  private static Tensor crossEntropy(Case c) {
    Tensor x = first(c, "logits", "x", "input");
    Tensor target = c.in("target");
    float smoothing = c.number("label_smoothing", 0);
    return target.dtype() == DType.FLOAT32
        ? x.crossEntropySoft(target, classWeight(c), smoothing, reduction(c))
        : x.crossEntropy(target, classWeight(c), ignoreIndex(c), smoothing, reduction(c));
  }

  private static Reduction reduction(Case c) {
    return Reduction.valueOf(c.text("reduction", "mean").toUpperCase(Locale.ROOT));
  }
}
