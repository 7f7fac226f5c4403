package dev.lanewise.optim;

import dev.lanewise.kernel.update.AdamUpdates;
import dev.lanewise.kernel.update.UpdateFormula;
import dev.lanewise.tensor.Tensor;
import java.util.List;
import java.util.Map;

/**
 * Adam by the greatest gradient instead of the mean square (Kingma and Ba, 2015). Options: {@code
 * lr, beta1, beta2, eps, weightDecay, maximize}.
 */
public final class Adamax extends Optimizer {
  private static final Keywords KEYWORDS =
      new Keywords("Adamax")
          .number("lr", 2e-3)
          .share("beta1", 0.9)
          .share("beta2", 0.999)
          .number("eps", 1e-8)
          .number("weightDecay", 0)
          .flag("maximize");

  /** With PyTorch's defaults beside the learning rate. */
  public Adamax(Map<String, Tensor> parameters, double lr) {
    this(parameters, Options.of("lr", lr));
  }

  /**
   * With options.
   *
   * @throws IllegalArgumentException when an option is wrong
   */
  public Adamax(Map<String, Tensor> parameters, Options options) {
    this(one(parameters, options));
  }

  /**
   * With groups of parameters.
   *
   * @throws IllegalArgumentException when an option is wrong, or two parameters have one name
   */
  public Adamax(List<ParameterGroup> groups) {
    super(KEYWORDS, groups);
  }

  @Override
  List<String> stateNames(Options options) {
    return List.of("exp_avg", "exp_inf");
  }

  @Override
  boolean countsSteps() {
    return true;
  }

  @Override
  UpdateFormula formula(Options options, long step, float product) {
    AdamNumbers adam = AdamNumbers.of(options, step);
    return new AdamUpdates.Adamax(adam.fresh(), adam.keep(), adam.eps(), adam.rate());
  }
}
