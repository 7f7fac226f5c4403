package dev.lanewise.optim;

import dev.lanewise.kernel.update.UpdateFormula;
import dev.lanewise.tensor.Tensor;
import java.util.List;
import java.util.Map;

/**
 * Adam with weight decay apart from the gradient (Loshchilov and Hutter, <i>Decoupled weight decay
 * regularization</i>, 2019). Options: {@code lr, beta1, beta2, eps, weightDecay, amsgrad,
 * maximize}.
 */
public final class AdamW extends Optimizer {
  private static final Keywords KEYWORDS =
      new Keywords("AdamW")
          .number("lr", 1e-3)
          .share("beta1", 0.9)
          .share("beta2", 0.999)
          .number("eps", 1e-8)
          .number("weightDecay", 1e-2)
          .flag("amsgrad")
          .flag("maximize");

  /** With PyTorch's defaults beside the learning rate. */
  public AdamW(Map<String, Tensor> parameters, double lr) {
    this(parameters, Options.of("lr", lr));
  }

  /**
   * With options.
   *
   * @throws IllegalArgumentException when an option is wrong
   */
  public AdamW(Map<String, Tensor> parameters, Options options) {
    this(one(parameters, options));
  }

  /**
   * With groups of parameters.
   *
   * @throws IllegalArgumentException when an option is wrong, or two parameters have one name
   */
  public AdamW(List<ParameterGroup> groups) {
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

  @Override
  boolean decoupled(Options options) {
    return true;
  }
}
