package dev.lanewise.optim;

import dev.lanewise.kernel.update.SquareUpdates;
import dev.lanewise.kernel.update.UpdateFormula;
import dev.lanewise.tensor.Tensor;
import java.util.List;
import java.util.Map;

/**
 * Adadelta (Zeiler, <i>An adaptive learning rate method</i>, 2012). Options: {@code lr, rho, eps,
 * weightDecay, maximize}.
 */
public final class Adadelta extends Optimizer {
  private static final Keywords KEYWORDS =
      new Keywords("Adadelta")
          .number("lr", 1)
          .share("rho", 0.9)
          .number("eps", 1e-6)
          .number("weightDecay", 0)
          .flag("maximize");

  /** With PyTorch's defaults beside the learning rate. */
  public Adadelta(Map<String, Tensor> parameters, double lr) {
    this(parameters, Options.of("lr", lr));
  }

  /**
   * With options.
   *
   * @throws IllegalArgumentException when an option is wrong
   */
  public Adadelta(Map<String, Tensor> parameters, Options options) {
    this(one(parameters, options));
  }

  /**
   * With groups of parameters.
   *
   * @throws IllegalArgumentException when an option is wrong, or two parameters have one name
   */
  public Adadelta(List<ParameterGroup> groups) {
    super(KEYWORDS, groups);
  }

  @Override
  List<String> stateNames(Options options) {
    return List.of("square_avg", "acc_delta");
  }

  @Override
  boolean countsSteps() {
    return false;
  }

  @Override
  UpdateFormula formula(Options options, long step, float product) {
    double rho = options.get("rho");
    return new SquareUpdates.Adadelta(
        (float) rho, (float) (1 - rho), (float) options.get("eps"), (float) options.get("lr"));
  }
}
