package dev.lanewise.optim;

import dev.lanewise.kernel.update.UpdateFormula;
import dev.lanewise.tensor.Tensor;
import java.util.List;
import java.util.Map;

/**
 * Adam (Kingma and Ba, <i>Adam: a method for stochastic optimization</i>, 2015), and AMSGrad.
 * Options: {@code lr, beta1, beta2, eps, weightDecay, amsgrad, maximize, decoupledWeightDecay};
 * with the last it is {@link AdamW}.
 */
public final class Adam extends Optimizer {
  private static final Keywords KEYWORDS =
      new Keywords("Adam")
          .number("lr", 1e-3)
          .share("beta1", 0.9)
          .share("beta2", 0.999)
          .number("eps", 1e-8)
          .number("weightDecay", 0)
          .flag("amsgrad")
          .flag("maximize")
          .flag("decoupledWeightDecay");

  /** With PyTorch's defaults beside the learning rate. */
  public Adam(Map<String, Tensor> parameters, double lr) {
    this(parameters, Options.of("lr", lr));
  }

  /**
   * With options.
   *
   * @throws IllegalArgumentException when an option is wrong
   */
  public Adam(Map<String, Tensor> parameters, Options options) {
    this(one(parameters, options));
  }

  /**
   * With groups of parameters.
   *
   * @throws IllegalArgumentException when an option is wrong, or two parameters have one name
   */
  public Adam(List<ParameterGroup> groups) {
    super(KEYWORDS, groups);
  }

  @Override
  List<String> stateNames(Options options) {
    return options.on("amsgrad")
        ? List.of("exp_avg", "exp_avg_sq", "max_exp_avg_sq")
        : List.of("exp_avg", "exp_avg_sq");
  }

  @Override
  boolean countsSteps() {
    return true;
  }

  @Override
  UpdateFormula formula(Options options, long step, float product) {
    return AdamNumbers.of(options, step).adam(options);
  }
}
