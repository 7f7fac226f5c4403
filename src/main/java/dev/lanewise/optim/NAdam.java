package dev.lanewise.optim;

import dev.lanewise.kernel.update.AdamUpdates;
import dev.lanewise.kernel.update.UpdateFormula;
import dev.lanewise.tensor.Tensor;
import java.util.List;
import java.util.Map;

/**
 * Adam with Nesterov's look ahead (Dozat, <i>Incorporating Nesterov momentum into Adam</i>, 2016).
 * Options: {@code lr, beta1, beta2, eps, weightDecay, momentumDecay, decoupledWeightDecay,
 * maximize}.
 */
public final class NAdam extends Optimizer {
  private static final Keywords KEYWORDS =
      new Keywords("NAdam")
          .number("lr", 2e-3)
          .share("beta1", 0.9)
          .share("beta2", 0.999)
          .number("eps", 1e-8)
          .number("weightDecay", 0)
          .number("momentumDecay", 4e-3)
          .flag("decoupledWeightDecay")
          .flag("maximize");

  /** With PyTorch's defaults beside the learning rate. */
  public NAdam(Map<String, Tensor> parameters, double lr) {
    this(parameters, Options.of("lr", lr));
  }

  /**
   * With options.
   *
   * @throws IllegalArgumentException when an option is wrong
   */
  public NAdam(Map<String, Tensor> parameters, Options options) {
    this(one(parameters, options));
  }

  /**
   * With groups of parameters.
   *
   * @throws IllegalArgumentException when an option is wrong, or two parameters have one name
   */
  public NAdam(List<ParameterGroup> groups) {
    super(KEYWORDS, groups);
  }

  @Override
  List<String> stateNames(Options options) {
    return List.of("exp_avg", "exp_avg_sq");
  }

  @Override
  boolean countsSteps() {
    return true;
  }

  @Override
  UpdateFormula formula(Options options, long step, float product) {
    AdamNumbers adam = AdamNumbers.of(options, step);
    double next = momentum(options, step + 1);
    return new AdamUpdates.NAdam(
        adam.fresh(),
        adam.keep(),
        adam.freshSquare(),
        adam.scale(),
        adam.eps(),
        (float) (adam.lr() * (1 - momentum(options, step)) / (1 - product)),
        (float) (adam.lr() * next / (1 - product * next)));
  }

  /** The momentum of a step grows: beta1 (1 - 0.96^(step momentumDecay) / 2). */
  private static double momentum(Options options, long step) {
    double warm = StrictMath.pow(0.96, step * options.get("momentumDecay"));
    return options.get("beta1") * (1 - 0.5 * warm);
  }

  @Override
  float product(Options options, long step, float before) {
    return (float) (before * momentum(options, step));
  }
}
