package dev.lanewise.conformance;

import static dev.lanewise.conformance.ReferenceOps.op;

import dev.lanewise.op.CrossEntropy;
import dev.lanewise.tensor.DType;
import dev.lanewise.tensor.Reduction;
import dev.lanewise.tensor.Tensor;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.LongStream;
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
    losses("bce", LossCases::bce);
    losses("binary_cross_entropy", LossCases::bce);
    losses("bce_with_logits", LossCases::logits);
    losses("binary_cross_entropy_with_logits", LossCases::logits);
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
            c.in("a")
                .marginRanking(c.in("b"), c.in("target"), c.number("margin", 0), reduction(c)));
    losses(
        "cosine_embedding",
        c ->
            c.in("a")
                .cosineEmbedding(c.in("b"), c.in("target"), c.number("margin", 0), reduction(c)));
    losses("triplet_margin", LossCases::triplet);
    losses("triplet", LossCases::triplet);
    losses("multilabel_margin", c -> prediction(c).multilabelMargin(c.in("target"), reduction(c)));
    losses(
        "focal",
        c ->
            prediction(c)
                .focal(
                    c.in("target"), c.number("alpha", 0.25f), c.number("gamma", 2), reduction(c)));
    losses("ctc", LossCases::ctc);
    losses(
        "poisson_nll",
        c ->
            prediction(c)
                .poissonNll(
                    c.in("target"),
                    c.flag("log_input", true),
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
    op(
        "pairwise_distance",
        c ->
            c.in("a")
                .pairwiseDistance(
                    c.in("b"), c.number("p", 2), c.number("eps", 1e-6f), c.flag("keepdim")));
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

  private static Tensor triplet(Case c) {
    return first(c, "anchor", "a", "x")
        .tripletMargin(
            first(c, "positive", "p", "b"),
            first(c, "negative", "n", "c"),
            c.number("margin", 1),
            c.number("p", 2),
            c.number("eps", 1e-6f),
            c.flag("swap"),
            reduction(c));
  }

  private static Tensor ctc(Case c) {
    Tensor x = first(c, "log_probs", "logprob", "x");
    return x.ctc(
        first(c, "targets", "target"),
        c.in("input_lengths").toLongArray(),
        c.in("target_lengths").toLongArray(),
        c.integer("blank", 0),
        reduction(c));
  }

  private static Tensor prediction(Case c) {
    return first(c, "x", "input", "logits", "logprob");
  }

  /** An input, a number or a list of numbers of this name, or null. */
  private static @Nullable Tensor tensor(Case c, String name) {
    if (c.has("in." + name)) {
      return c.in(name);
    }
    return switch (c.attribute(name)) {
      case Number number -> Tensor.scalar(number.floatValue());
      case List<?> list -> {
        float[] values = new float[list.size()];
        for (int i = 0; i < values.length; i++) {
          values[i] = ((Number) list.get(i)).floatValue();
        }
        yield Tensor.of(values, values.length);
      }
      case null, default -> null;
    };
  }

  private static @Nullable Tensor classWeight(Case c) {
    return c.has("in.class_weight") ? c.in("class_weight") : tensor(c, "weight");
  }

  /** PyTorch's default is -100; only a case that has such a label pays for looking. */
  private static int ignoreIndex(Case c) {
    if (c.attribute("ignore_index") != null) {
      return c.integer("ignore_index");
    }
    boolean any = LongStream.of(c.in("target").toLongArray()).anyMatch(label -> label == -100);
    return any ? -100 : CrossEntropy.NONE;
  }

  private static Tensor bce(Case c) {
    return prediction(c).bce(c.in("target"), tensor(c, "weight"), reduction(c));
  }

  private static Tensor logits(Case c) {
    return prediction(c)
        .bceWithLogits(c.in("target"), tensor(c, "weight"), tensor(c, "pos_weight"), reduction(c));
  }

  private static Tensor crossEntropy(Case c) {
    Tensor x = first(c, "logits", "x", "input");
    Tensor target = c.in("target");
    if (x.shape().rank() == 1 && target.dtype() != DType.FLOAT32) {
      // One row without a batch.
      Tensor losses =
          x.unsqueeze(0)
              .crossEntropy(
                  target.reshape(1),
                  classWeight(c),
                  ignoreIndex(c),
                  c.number("label_smoothing", 0),
                  reduction(c));
      return losses.reshape();
    }
    float smoothing = c.number("label_smoothing", 0);
    return target.dtype() == DType.FLOAT32
        ? x.crossEntropySoft(target, classWeight(c), smoothing, reduction(c))
        : x.crossEntropy(target, classWeight(c), ignoreIndex(c), smoothing, reduction(c));
  }

  private static Reduction reduction(Case c) {
    return Reduction.valueOf(c.text("reduction", "mean").toUpperCase(Locale.ROOT));
  }
}
