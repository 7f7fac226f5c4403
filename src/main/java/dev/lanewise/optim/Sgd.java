package dev.lanewise.optim;

import dev.lanewise.tensor.InPlace;
import dev.lanewise.tensor.Scope;
import dev.lanewise.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;

/** Stochastic gradient descent with momentum and weight decay, by PyTorch's formula. */
public final class Sgd extends Optimizer {
  private static final String VELOCITY = ".momentum_buffer";

  private final Settings settings;
  private final Map<String, Tensor> velocities = new LinkedHashMap<>();

  /**
   * The settings beside the learning rate.
   *
   * @param momentum the share of the last velocity that is kept, 0 for none
   * @param dampening the share of the gradient that does not enter the velocity
   * @param weightDecay adds this multiple of the parameter to its gradient
   * @param nesterov whether to look ahead by one velocity
   */
  public record Settings(float momentum, float dampening, float weightDecay, boolean nesterov) {
    /** Checks the settings. */
    public Settings {
      checked("momentum", momentum);
      checked("weight decay", weightDecay);
      if (!Float.isFinite(dampening)) {
        throw new IllegalArgumentException(
            "The dampening is " + dampening + "; expected a finite number.");
      }
      if (nesterov && (momentum == 0 || dampening != 0)) {
        throw new IllegalArgumentException(
            "Nesterov needs a momentum and no dampening, found momentum "
                + momentum
                + " and dampening "
                + dampening
                + ".");
      }
    }

    /** Momentum and weight decay alone. */
    public Settings(float momentum, float weightDecay) {
      this(momentum, 0, weightDecay, false);
    }
  }

  /** Plain gradient descent. */
  public Sgd(Map<String, Tensor> parameters, float lr) {
    this(parameters, lr, new Settings(0, 0));
  }

  /** With momentum. */
  public Sgd(Map<String, Tensor> parameters, float lr, float momentum) {
    this(parameters, lr, new Settings(momentum, 0));
  }

  /** With all settings. */
  public Sgd(Map<String, Tensor> parameters, float lr, Settings settings) {
    super(parameters, lr);
    this.settings = settings;
  }

  @Override
  protected void update(String name, Tensor parameter, Tensor gradient) {
    Tensor velocity = null;
    boolean first = false;
    if (settings.momentum != 0) {
      velocity = velocities.get(name);
      first = velocity == null;
      if (velocity == null) {
        velocity = Scope.release(Tensor.zeros(parameter.shape().toArray()));
        velocities.put(name, velocity);
      }
    }
    InPlace.sgd(
        parameter,
        gradient,
        velocity,
        lr(),
        settings.momentum,
        settings.dampening,
        settings.weightDecay,
        settings.nesterov,
        first);
  }

  @Override
  public Map<String, Tensor> state() {
    Map<String, Tensor> state = new LinkedHashMap<>();
    velocities.forEach((name, velocity) -> state.put(name + VELOCITY, velocity));
    return state;
  }

  @Override
  public void load(Map<String, Tensor> state) {
    Map<String, Tensor> loaded = new LinkedHashMap<>();
    state.forEach((name, value) -> loaded.put(owner(name, VELOCITY, value), value));
    velocities.values().forEach(Tensor::close);
    velocities.clear();
    loaded.forEach((name, value) -> {
      Tensor velocity = Tensor.of(value.toArray(), value.shape().toArray());
      velocities.put(name, Scope.release(velocity));
    });
  }
}
