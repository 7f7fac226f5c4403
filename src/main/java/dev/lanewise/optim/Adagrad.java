package dev.lanewise.optim;

import dev.lanewise.kernel.update.SquareUpdates;
import dev.lanewise.kernel.update.UpdateFormula;
import dev.lanewise.tensor.Tensor;
import java.util.List;
import java.util.Map;

/**
 * Adagrad (Duchi, Hazan and Singer, <i>Adaptive subgradient methods</i>, 2011). Options: {@code lr,
 * lrDecay, weightDecay, initialAccumulatorValue, eps, maximize}.
 */
public final class Adagrad extends Optimizer {
  private static final Keywords KEYWORDS =
      new Keywords("Adagrad")
          .number("lr", 1e-2)
          .number("lrDecay", 0)
          .number("weightDecay", 0)
          .number("initialAccumulatorValue", 0)
          .number("eps", 1e-10)
          .flag("maximize");

  /** With PyTorch's defaults beside the learning rate. */
  public Adagrad(Map<String, Tensor> parameters, double lr) {
    this(parameters, Options.of("lr", lr));
  }

  /**
   * With options.
   *
   * @throws IllegalArgumentException when an option is wrong
   */
  public Adagrad(Map<String, Tensor> parameters, Options options) {
    this(one(parameters, options));
  }

  /**
   * With groups of parameters.
   *
   * @throws IllegalArgumentException when an option is wrong, or two parameters have one name
   */
  public Adagrad(List<ParameterGroup> groups) {
    super(KEYWORDS, groups);
  }

  @Override
  List<String> stateNames(Options options) {
    return List.of("sum");
  }

  @Override
  boolean countsSteps() {
    return true;
  }

  @Override
  UpdateFormula formula(Options options, long step, float product) {
    double rate = options.get("lr") / (1 + (step - 1) * options.get("lrDecay"));
    return new SquareUpdates.Adagrad((float) options.get("eps"), (float) rate);
  }

  @Override
  double initial(int state, Options options) {
    return options.get("initialAccumulatorValue");
  }
}
