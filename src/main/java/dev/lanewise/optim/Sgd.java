package dev.lanewise.optim;

import dev.lanewise.kernel.update.GradientUpdates;
import dev.lanewise.kernel.update.UpdateFormula;
import dev.lanewise.tensor.Tensor;
import java.util.List;
import java.util.Map;

/**
 * Stochastic gradient descent with momentum and weight decay, by PyTorch's formula. Options: {@code
 * lr, momentum, dampening, weightDecay, nesterov, maximize}.
 */
public final class Sgd extends Optimizer {
  private static final Keywords KEYWORDS =
      new Keywords("Sgd")
          .number("lr", 1e-3)
          .number("momentum", 0)
          .any("dampening", 0)
          .number("weightDecay", 0)
          .flag("nesterov")
          .flag("maximize");

  /**
   * The settings beside the learning rate.
   *
   * @param momentum the share of the last velocity that is kept, 0 for none
   * @param dampening the share of the gradient that does not enter the velocity
   * @param weightDecay adds this multiple of the parameter to its gradient
   * @param nesterov whether to look ahead by one velocity
   */
  public record Settings(double momentum, double dampening, double weightDecay, boolean nesterov) {
    /** Checks the settings. */
    public Settings {
      KEYWORDS.check("momentum", momentum);
      KEYWORDS.check("dampening", dampening);
      KEYWORDS.check("weightDecay", weightDecay);
      checkNesterov(nesterov, momentum, dampening);
    }

    /** Momentum and weight decay alone. */
    public Settings(double momentum, double weightDecay) {
      this(momentum, 0, weightDecay, false);
    }

    private Options options(double lr) {
      return Options.of("lr", lr)
          .with("momentum", momentum)
          .with("dampening", dampening)
          .with("weightDecay", weightDecay)
          .with("nesterov", nesterov);
    }
  }

  private static void checkNesterov(boolean nesterov, double momentum, double dampening) {
    if (nesterov && (momentum == 0 || dampening != 0)) {
      throw new IllegalArgumentException(
          "Nesterov needs a momentum and no dampening, found momentum "
              + momentum
              + " and dampening "
              + dampening
              + ".");
    }
  }

  /** Plain gradient descent. */
  public Sgd(Map<String, Tensor> parameters, double lr) {
    this(parameters, Options.of("lr", lr));
  }

  /** With momentum. */
  public Sgd(Map<String, Tensor> parameters, double lr, double momentum) {
    this(parameters, lr, new Settings(momentum, 0));
  }

  /** With all settings. */
  public Sgd(Map<String, Tensor> parameters, double lr, Settings settings) {
    this(parameters, settings.options(lr));
  }

  /**
   * With options.
   *
   * @throws IllegalArgumentException when an option is wrong
   */
  public Sgd(Map<String, Tensor> parameters, Options options) {
    this(one(parameters, options));
  }

  /**
   * With groups of parameters.
   *
   * @throws IllegalArgumentException when an option is wrong, or two parameters have one name
   */
  public Sgd(List<ParameterGroup> groups) {
    super(KEYWORDS, groups);
  }

  @Override
  List<String> stateNames(Options options) {
    return options.get("momentum") != 0 ? List.of("momentum_buffer") : List.of();
  }

  @Override
  boolean countsSteps() {
    return false;
  }

  @Override
  UpdateFormula formula(Options options, long step, float product) {
    float lr = (float) options.get("lr");
    float momentum = (float) options.get("momentum");
    boolean nesterov = options.on("nesterov");
    checkNesterov(nesterov, momentum, options.get("dampening"));
    if (momentum == 0) {
      return new GradientUpdates.Sgd(lr);
    }
    // In the first step the velocity is the gradient whatever the dampening.
    float fresh = step == 1 ? 1 : (float) (1 - options.get("dampening"));
    return new GradientUpdates.Momentum(
        momentum, fresh, nesterov ? 1 : 0, nesterov ? momentum : 1, lr);
  }
}
