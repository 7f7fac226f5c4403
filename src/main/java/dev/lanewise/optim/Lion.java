package dev.lanewise.optim;

import dev.lanewise.kernel.update.GradientUpdates;
import dev.lanewise.kernel.update.UpdateFormula;
import dev.lanewise.tensor.Tensor;
import java.util.List;
import java.util.Map;

/**
 * Lion (Chen et al., <i>Symbolic discovery of optimization algorithms</i>, 2023): steps of one size
 * in each direction. Options: {@code lr, beta1, beta2, weightDecay, maximize}; the decay is apart
 * from the gradient.
 */
public final class Lion extends Optimizer {
  private static final Keywords KEYWORDS =
      new Keywords("Lion")
          .number("lr", 1e-4)
          .share("beta1", 0.9)
          .share("beta2", 0.99)
          .number("weightDecay", 0)
          .flag("maximize");

  /** With PyTorch's defaults beside the learning rate. */
  public Lion(Map<String, Tensor> parameters, double lr) {
    this(parameters, Options.of("lr", lr));
  }

  /**
   * With options.
   *
   * @throws IllegalArgumentException when an option is wrong
   */
  public Lion(Map<String, Tensor> parameters, Options options) {
    this(one(parameters, options));
  }

  /**
   * With groups of parameters.
   *
   * @throws IllegalArgumentException when an option is wrong, or two parameters have one name
   */
  public Lion(List<ParameterGroup> groups) {
    super(KEYWORDS, groups);
  }

  @Override
  List<String> stateNames(Options options) {
    return List.of("exp_avg");
  }

  @Override
  boolean countsSteps() {
    return false;
  }

  @Override
  UpdateFormula formula(Options options, long step, float product) {
    return new GradientUpdates.Lion(
        (float) (1 - options.get("beta1")),
        (float) (1 - options.get("beta2")),
        (float) options.get("lr"));
  }

  @Override
  boolean decoupled(Options options) {
    return true;
  }
}
