package dev.lanewise.optim;

import dev.lanewise.kernel.update.AdamUpdates;
import dev.lanewise.kernel.update.UpdateFormula;
import dev.lanewise.tensor.Tensor;
import java.util.List;
import java.util.Map;

/**
 * Adam whose first steps wait until the mean square is certain (Liu et al., <i>On the variance of
 * the adaptive learning rate and beyond</i>, 2020). Options: {@code lr, beta1, beta2, eps,
 * weightDecay, decoupledWeightDecay, maximize}.
 */
public final class RAdam extends Optimizer {
  private static final Keywords KEYWORDS =
      new Keywords("RAdam")
          .number("lr", 1e-3)
          .share("beta1", 0.9)
          .share("beta2", 0.999)
          .number("eps", 1e-8)
          .number("weightDecay", 0)
          .flag("decoupledWeightDecay")
          .flag("maximize");

  /** With PyTorch's defaults beside the learning rate. */
  public RAdam(Map<String, Tensor> parameters, double lr) {
    this(parameters, Options.of("lr", lr));
  }

  /**
   * With options.
   *
   * @throws IllegalArgumentException when an option is wrong
   */
  public RAdam(Map<String, Tensor> parameters, Options options) {
    this(one(parameters, options));
  }

  /**
   * With groups of parameters.
   *
   * @throws IllegalArgumentException when an option is wrong, or two parameters have one name
   */
  public RAdam(List<ParameterGroup> groups) {
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
    double most = 2 / (1 - adam.beta2()) - 1;
    double length = most - 2 * step * StrictMath.pow(adam.beta2(), step) / adam.correction2();
    if (length <= 5) {
      return new AdamUpdates.AdamMean(adam.fresh(), adam.keep(), adam.freshSquare(), adam.rate());
    }
    double rectification =
        Math.sqrt((length - 4) * (length - 2) * most / ((most - 4) * (most - 2) * length));
    double rate = adam.lr() / adam.correction1() * rectification * Math.sqrt(adam.correction2());
    return new AdamUpdates.Adam(
        adam.fresh(), adam.keep(), adam.freshSquare(), 1, adam.eps(), (float) rate);
  }
}
