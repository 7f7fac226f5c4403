package dev.lanewise.conformance;

import static dev.lanewise.conformance.ReferenceOps.op;

import dev.lanewise.op.CrossEntropy;
import dev.lanewise.tensor.Reduction;
import java.util.Locale;

/** Losses. */
final class LossCases {
  private LossCases() {}

  static void register() {
    op("mse_loss", c -> c.in("x").mse(c.in("target"), reduction(c)));
    op(
        "cross_entropy",
        c ->
            c.in("logits")
                .crossEntropy(
                    c.in("target"),
                    c.has("in.class_weight") ? c.in("class_weight") : null,
                    c.attribute("ignore_index") == null
                        ? CrossEntropy.NONE
                        : c.integer("ignore_index"),
                    c.number("label_smoothing", 0),
                    reduction(c)));
  }

  private static Reduction reduction(Case c) {
    return Reduction.valueOf(c.text("reduction", "mean").toUpperCase(Locale.ROOT));
  }
}
