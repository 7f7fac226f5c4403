package dev.lanewise.optim;

import dev.lanewise.kernel.update.GradientUpdates;
import dev.lanewise.kernel.update.UpdateFormula;
import dev.lanewise.tensor.Tensor;
import java.util.List;
import java.util.Map;

/**
 * Resilient backpropagation, for whole batches (Riedmiller and Braun, <i>A direct adaptive method
 * for faster backpropagation learning</i>, 1993). Options: {@code lr} (the first step), {@code
 * etaMinus, etaPlus, minStep, maxStep, maximize}.
 */
public final class Rprop extends Optimizer {
  private static final Keywords KEYWORDS =
      new Keywords("Rprop")
          .number("lr", 1e-2)
          .share("etaMinus", 0.5)
          .number("etaPlus", 1.2)
          .number("minStep", 1e-6)
          .number("maxStep", 50)
          .flag("maximize");

  /** With PyTorch's defaults beside the learning rate. */
  public Rprop(Map<String, Tensor> parameters, double lr) {
    this(parameters, Options.of("lr", lr));
  }

  /**
   * With options.
   *
   * @throws IllegalArgumentException when an option is wrong
   */
  public Rprop(Map<String, Tensor> parameters, Options options) {
    this(one(parameters, options));
  }

  /**
   * With groups of parameters.
   *
   * @throws IllegalArgumentException when an option is wrong, or two parameters have one name
   */
  public Rprop(List<ParameterGroup> groups) {
    super(KEYWORDS, groups);
  }

  @Override
  List<String> stateNames(Options options) {
    return List.of("step_size", "prev");
  }

  @Override
  boolean countsSteps() {
    return false;
  }

  @Override
  UpdateFormula formula(Options options, long step, float product) {
    return new GradientUpdates.Rprop(
        (float) options.get("etaMinus"),
        (float) options.get("etaPlus"),
        (float) options.get("minStep"),
        (float) options.get("maxStep"));
  }

  @Override
  double initial(int state, Options options) {
    return state == 0 ? options.get("lr") : 0;
  }
}
