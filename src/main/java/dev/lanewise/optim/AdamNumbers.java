package dev.lanewise.optim;

import dev.lanewise.kernel.update.AdamUpdates;
import dev.lanewise.kernel.update.UpdateFormula;

/**
 * What Adam and its relatives compute before a step, in double precision as PyTorch does.
 *
 * @param correction1 1 - beta1^t
 * @param correction2 1 - beta2^t
 */
record AdamNumbers(
    double lr,
    double beta1,
    double beta2,
    double correction1,
    double correction2,
    float fresh,
    float keep,
    float freshSquare,
    float eps) {
  static AdamNumbers of(Options options, long step) {
    double beta1 = options.get("beta1");
    double beta2 = options.get("beta2");
    return new AdamNumbers(
        options.get("lr"),
        beta1,
        beta2,
        1 - StrictMath.pow(beta1, step),
        1 - StrictMath.pow(beta2, step),
        (float) (1 - beta1),
        (float) beta2,
        (float) (1 - beta2),
        (float) options.get("eps"));
  }

  /** 1 / sqrt(1 - beta2^t). */
  float scale() {
    return (float) (1 / Math.sqrt(correction2));
  }

  /** The learning rate over 1 - beta1^t. */
  float rate() {
    return (float) (lr / correction1);
  }

  UpdateFormula adam(Options options) {
    return options.on("amsgrad")
        ? new AdamUpdates.AmsGrad(fresh, keep, freshSquare, scale(), eps, rate())
        : new AdamUpdates.Adam(fresh, keep, freshSquare, scale(), eps, rate());
  }
}
