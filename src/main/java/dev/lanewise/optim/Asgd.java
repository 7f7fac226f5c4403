package dev.lanewise.optim;

import dev.lanewise.kernel.update.GradientUpdates;
import dev.lanewise.kernel.update.UpdateFormula;
import dev.lanewise.kernel.update.UpdateSlope;
import dev.lanewise.tensor.Tensor;
import java.util.List;
import java.util.Map;

/**
 * Averaged stochastic gradient descent (Polyak and Juditsky, <i>Acceleration of stochastic
 * approximation by averaging</i>, 1992); the average is the state {@code ax}. Options: {@code lr,
 * lambd, alpha, t0, weightDecay, maximize}.
 */
public final class Asgd extends Optimizer {
  private static final Keywords KEYWORDS =
      new Keywords("Asgd")
          .number("lr", 1e-2)
          .number("lambd", 1e-4)
          .number("alpha", 0.75)
          .number("t0", 1e6)
          .number("weightDecay", 0)
          .flag("maximize");

  /** With PyTorch's defaults beside the learning rate. */
  public Asgd(Map<String, Tensor> parameters, double lr) {
    this(parameters, Options.of("lr", lr));
  }

  /**
   * With options.
   *
   * @throws IllegalArgumentException when an option is wrong
   */
  public Asgd(Map<String, Tensor> parameters, Options options) {
    this(one(parameters, options));
  }

  /**
   * With groups of parameters.
   *
   * @throws IllegalArgumentException when an option is wrong, or two parameters have one name
   */
  public Asgd(List<ParameterGroup> groups) {
    super(KEYWORDS, groups);
  }

  @Override
  List<String> stateNames(Options options) {
    return List.of("ax");
  }

  @Override
  boolean countsSteps() {
    return true;
  }

  @Override
  UpdateFormula formula(Options options, long step, float product) {
    double fresh = 1 / Math.max(1, step - 1 - options.get("t0"));
    return new GradientUpdates.Averaged((float) fresh, (float) rate(options, step));
  }

  private static double rate(Options options, long step) {
    double lr = options.get("lr");
    return lr / StrictMath.pow(1 + options.get("lambd") * lr * (step - 1), options.get("alpha"));
  }

  @Override
  UpdateSlope slope(Options options, long step) {
    UpdateSlope slope = super.slope(options, step);
    double shrink = 1 - options.get("lambd") * rate(options, step);
    return new UpdateSlope(slope.sign(), slope.decay(), (float) shrink);
  }
}
