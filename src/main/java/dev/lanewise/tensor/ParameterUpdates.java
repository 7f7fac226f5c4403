package dev.lanewise.tensor;

import dev.lanewise.kernel.product.OuterProduct;
import dev.lanewise.kernel.update.OptimizerKernel;
import dev.lanewise.kernel.update.UpdateFormula;
import dev.lanewise.kernel.update.UpdateSlope;
import java.util.ArrayList;
import java.util.List;

/**
 * The step of an optimiser over many parameters at once, in place and outside the tape. It is
 * filled, run, and filled again for the next step.
 */
public final class ParameterUpdates {
  private final OptimizerKernel kernel = new OptimizerKernel();
  private final List<Tensor> changed = new ArrayList<>();
  private final List<Tensor> gradients = new ArrayList<>();
  private final List<Tensor> plain = new ArrayList<>();

  /** No updates yet. */
  public ParameterUpdates() {}

  /**
   * Adds a parameter.
   *
   * @param formula of this step
   * @param slope what the formula sees of the gradient
   * @param gradient of the parameter's shape
   * @param states as many as the formula has, of the parameter's shape, updated in place
   * @throws IllegalArgumentException when shapes differ, or the parameter or a state is not plain
   *     and contiguous
   */
  public void add(
      UpdateFormula formula,
      UpdateSlope slope,
      Tensor parameter,
      Tensor gradient,
      Tensor... states) {
    InPlace.check("parameter", parameter, parameter.shape());
    for (Tensor state : states) {
      InPlace.check("state", state, parameter.shape());
    }
    if (!gradient.shape().equals(parameter.shape())) {
      throw new IllegalArgumentException(
          "step: the gradient has shape "
              + gradient.shape()
              + ", the parameter "
              + parameter.shape());
    }
    Tensor contiguous = gradient.contiguous();
    gradients.add(gradient);
    plain.add(contiguous);
    OuterProduct product = contiguous.product();
    if (product != null) {
      kernel.add(formula, slope, parameter, product, states);
    } else {
      kernel.add(formula, slope, parameter, contiguous, states, parameter.size());
    }
    changed.add(parameter);
    changed.addAll(List.of(states));
  }

  /** Does all that was added, and forgets it. */
  public void run() {
    try {
      kernel.run();
      changed.forEach(Tensor::changed);
    } finally {
      clear();
    }
  }

  /** Forgets all that was added. */
  public void clear() {
    for (int i = 0; i < plain.size(); i++) {
      gradients.get(i).release(plain.get(i));
    }
    kernel.clear();
    changed.clear();
    gradients.clear();
    plain.clear();
  }
}
