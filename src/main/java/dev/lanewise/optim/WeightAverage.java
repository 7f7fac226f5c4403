package dev.lanewise.optim;

import dev.lanewise.kernel.update.GradientUpdates;
import dev.lanewise.kernel.update.UpdateSlope;
import dev.lanewise.tensor.ParameterUpdates;
import dev.lanewise.tensor.Scope;
import dev.lanewise.tensor.Tensor;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The exponential moving average of parameters, which often does better than the parameters
 * themselves (Polyak and Juditsky, 1992): average = decay average + (1 - decay) parameter after
 * every step, from the parameters at the start.
 */
public final class WeightAverage {
  private static final UpdateSlope DIFFERENCE = new UpdateSlope(-1, 1, 1);

  private final Map<String, Tensor> parameters;
  private final Map<String, Tensor> averages = new LinkedHashMap<>();
  private final ParameterUpdates updates = new ParameterUpdates();
  private final GradientUpdates.Sgd formula;

  /**
   * Begins with a copy of the parameters.
   *
   * @param decay from 0 to below 1, such as 0.999
   */
  public WeightAverage(Map<String, Tensor> parameters, double decay) {
    new Keywords("WeightAverage").share("decay", 0.999).check("decay", decay);
    this.parameters = new LinkedHashMap<>(parameters);
    formula = new GradientUpdates.Sgd((float) (1 - decay));
    parameters.forEach((name, parameter) ->
        averages.put(
            name, Scope.release(Tensor.of(parameter.toArray(), parameter.shape().toArray()))));
  }

  /** To be called after each step of the optimiser. */
  public void update() {
    try {
      // A step of descent on the halved squared difference: its slope is average - parameter.
      parameters.forEach((name, parameter) -> {
        Tensor average = averages.get(name);
        if (average != null) {
          updates.add(formula, DIFFERENCE, average, parameter);
        }
      });
      updates.run();
    } finally {
      updates.clear();
    }
  }

  /** Exchanges parameters and averages: before an evaluation, and again after it. */
  public void swap() {
    parameters.forEach((name, parameter) -> {
      Tensor average = averages.get(name);
      if (average != null) {
        float[] values = parameter.toArray();
        parameter.copyFrom(average.toArray());
        average.copyFrom(values);
      }
    });
  }

  /** The averages, by the names of the parameters; for a checkpoint. */
  public Map<String, Tensor> averages() {
    return Collections.unmodifiableMap(averages);
  }
}
