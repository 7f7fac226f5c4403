package dev.lanewise.optim;

import dev.lanewise.kernel.update.SquareUpdates;
import dev.lanewise.kernel.update.UpdateFormula;
import dev.lanewise.tensor.Tensor;
import java.util.List;
import java.util.Map;

/**
 * RMSprop (Hinton, lectures on neural networks, 2012). Options: {@code lr, alpha, eps, weightDecay,
 * momentum, centered, maximize}.
 */
public final class RmsProp extends Optimizer {
  private static final Keywords KEYWORDS =
      new Keywords("RmsProp")
          .number("lr", 1e-2)
          .share("alpha", 0.99)
          .number("eps", 1e-8)
          .number("weightDecay", 0)
          .number("momentum", 0)
          .flag("centered")
          .flag("maximize");

  /** With PyTorch's defaults beside the learning rate. */
  public RmsProp(Map<String, Tensor> parameters, double lr) {
    this(parameters, Options.of("lr", lr));
  }

  /**
   * With options.
   *
   * @throws IllegalArgumentException when an option is wrong
   */
  public RmsProp(Map<String, Tensor> parameters, Options options) {
    this(one(parameters, options));
  }

  /**
   * With groups of parameters.
   *
   * @throws IllegalArgumentException when an option is wrong, or two parameters have one name
   */
  public RmsProp(List<ParameterGroup> groups) {
    super(KEYWORDS, groups);
  }

  @Override
  List<String> stateNames(Options options) {
    return options.get("momentum") != 0 || options.on("centered")
        ? List.of("square_avg", "grad_avg", "momentum_buffer")
        : List.of("square_avg");
  }

  @Override
  boolean countsSteps() {
    return false;
  }

  @Override
  UpdateFormula formula(Options options, long step, float product) {
    float keep = (float) options.get("alpha");
    float fresh = (float) (1 - options.get("alpha"));
    float eps = (float) options.get("eps");
    float lr = (float) options.get("lr");
    boolean centered = options.on("centered");
    float momentum = (float) options.get("momentum");
    return centered || momentum != 0
        ? new SquareUpdates.RmsPropMomentum(keep, fresh, centered ? 1 : 0, momentum, eps, lr)
        : new SquareUpdates.RmsProp(keep, fresh, eps, lr);
  }
}
