package dev.lanewise.optim;

import dev.lanewise.tensor.Profiler;
import dev.lanewise.tensor.Tensor;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** Moves named parameters along their gradients. */
public abstract class Optimizer {
  private final Map<String, Tensor> parameters;
  private float lr;

  /**
   * For subclasses.
   *
   * @param parameters as a layer lists them; those that collect no gradient are frozen and stay as
   *     they are
   * @param lr the learning rate
   * @throws IllegalArgumentException when the learning rate is negative or not finite
   */
  protected Optimizer(Map<String, Tensor> parameters, float lr) {
    this.parameters = Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
    this.lr = checked("learning rate", lr);
  }

  /**
   * Moves every parameter by one step.
   *
   * @throws IllegalStateException when a parameter has no gradient; then none is moved
   */
  public final void step() {
    for (Map.Entry<String, Tensor> entry : parameters.entrySet()) {
      if (entry.getValue().requiresGrad() && entry.getValue().grad() == null) {
        throw new IllegalStateException(
            "step: the parameter "
                + entry.getKey()
                + " has no gradient; it has no part in the loss, or backward has not run");
      }
    }
    Profiler profiler = Profiler.current();
    if (profiler == null) {
      updateAll();
    } else {
      // It reads parameters and gradients, writes parameters, and does both with its state.
      long moved = parameters.values().stream().mapToLong(Tensor::size).sum();
      long kept = state().values().stream().mapToLong(Tensor::size).sum();
      profiler.update(
          getClass().getSimpleName(),
          2 * (moved + kept),
          (3 * moved + 2 * kept) * Float.BYTES,
          this::updateAll);
    }
  }

  private void updateAll() {
    parameters.forEach((name, parameter) -> {
      Tensor gradient = parameter.grad();
      if (gradient != null && parameter.requiresGrad()) {
        update(name, parameter, gradient);
      }
    });
  }

  /** Moves one parameter in place. */
  protected abstract void update(String name, Tensor parameter, Tensor gradient);

  /**
   * What the optimiser remembers from step to step, by names such as {@code
   * conv1.weight.momentum_buffer}: with the parameters, all that a checkpoint needs.
   */
  public abstract Map<String, Tensor> state();

  /**
   * Takes over what {@link #state} of an optimiser of the same kind and parameters has given, so
   * that the next step is the one that the other would have made. The tensors are copied.
   *
   * @throws IllegalArgumentException when a tensor belongs to no parameter or has another shape
   */
  public abstract void load(Map<String, Tensor> state);

  /**
   * For {@link #load}: the parameter that a tensor of the state belongs to.
   *
   * @param name as {@code conv1.weight.momentum_buffer}
   * @param ending as {@code .momentum_buffer}
   * @return the name of the parameter
   * @throws IllegalArgumentException when there is none, or its shape is not that of {@code value}
   */
  protected final String owner(String name, String ending, Tensor value) {
    String owner = name.endsWith(ending) ? name.substring(0, name.length() - ending.length()) : "";
    Tensor parameter = parameters.get(owner);
    if (parameter == null) {
      throw new IllegalArgumentException(
          "load: the state of the optimiser has '" + name + "', which belongs to no parameter");
    }
    if (!parameter.shape().equals(value.shape())) {
      throw new IllegalArgumentException(
          "load: '%s' has shape %s, the parameter %s"
              .formatted(name, value.shape(), parameter.shape()));
    }
    return owner;
  }

  /** Drops the gradients of all parameters. */
  public final void zeroGrad() {
    parameters.values().forEach(Tensor::zeroGrad);
  }

  /** The parameters, in the order in which they were given. */
  public final Map<String, Tensor> parameters() {
    return parameters;
  }

  /** The learning rate of the next step. */
  public final float lr() {
    return lr;
  }

  /**
   * Changes the learning rate.
   *
   * @throws IllegalArgumentException when it is negative or not finite
   */
  public final void lr(float lr) {
    this.lr = checked("learning rate", lr);
  }

  /** A setting that must be finite and not negative. */
  static float checked(String what, float value) {
    if (!(value >= 0) || value == Float.POSITIVE_INFINITY) {
      throw new IllegalArgumentException(
          "The " + what + " is " + value + "; expected a number from 0.");
    }
    return value;
  }
}
