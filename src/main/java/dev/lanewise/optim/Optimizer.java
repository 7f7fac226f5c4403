package dev.lanewise.optim;

import dev.lanewise.kernel.update.UpdateFormula;
import dev.lanewise.kernel.update.UpdateSlope;
import dev.lanewise.tensor.ParameterUpdates;
import dev.lanewise.tensor.Profiler;
import dev.lanewise.tensor.Scope;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Moves named parameters along their gradients, all of them in one parallel region. Every optimiser
 * here is a formula (see {@code kernel.UpdateFormula}) and the numbers that it needs in each step.
 */
public abstract class Optimizer {
  private static final String STEP = "step";
  private static final String PRODUCT = "mu_product";

  private final Keywords keywords;
  private final List<ParameterGroup> groups = new ArrayList<>();
  private final Map<String, Tensor> parameters = new LinkedHashMap<>();
  private final Map<String, Slot> slots = new LinkedHashMap<>();
  private final ParameterUpdates updates = new ParameterUpdates();

  /** What is remembered for one parameter. */
  private static final class Slot {
    final Tensor parameter;
    Tensor[] states = {};
    long steps;
    float product = 1;

    Slot(Tensor parameter) {
      this.parameter = parameter;
    }
  }

  /**
   * For subclasses.
   *
   * @param keywords the options that there are
   * @param groups the parameters, as layers list them, with their options; parameters that collect
   *     no gradient are frozen and stay as they are
   * @throws IllegalArgumentException when an option is wrong, or two parameters have one name
   */
  Optimizer(Keywords keywords, List<ParameterGroup> groups) {
    this.keywords = keywords;
    groups.forEach(this::addGroup);
  }

  /**
   * Adds parameters with options of their own.
   *
   * @throws IllegalArgumentException when an option is wrong, or two parameters have one name
   */
  public final void addGroup(ParameterGroup group) {
    ParameterGroup complete = group.complete(keywords);
    for (String name : complete.parameters().keySet()) {
      if (parameters.containsKey(name)) {
        throw new IllegalArgumentException(
            keywords.optimizer() + ": the parameter " + name + " is in two groups");
      }
    }
    groups.add(complete);
    parameters.putAll(complete.parameters());
    complete.parameters().forEach((name, tensor) -> slots.put(name, new Slot(tensor)));
  }

  /**
   * Moves every parameter by one step.
   *
   * @throws IllegalStateException when a parameter has no gradient; then none is moved
   */
  public final void step() {
    slots.forEach((name, slot) -> {
      if (slot.parameter.requiresGrad() && slot.parameter.grad() == null) {
        throw new IllegalStateException(
            "step: the parameter "
                + name
                + " has no gradient; it has no part in the loss, or backward has not run");
      }
    });
    Profiler profiler = Profiler.current();
    if (profiler == null) {
      updateAll();
    } else {
      // It reads parameters and gradients, writes parameters, and does both with its state.
      long moved = parameters.values().stream().mapToLong(Tensor::size).sum();
      long kept = state().values().stream().mapToLong(Tensor::size).sum();
      long products = parameters.values().stream().mapToLong(Optimizer::deferredFlops).sum();
      long read = moved - parameters.values().stream().mapToLong(Optimizer::notInMemory).sum();
      profiler.update(
          getClass().getSimpleName(),
          2 * (moved + kept) + products,
          (2 * moved + read + 2 * kept) * Float.BYTES,
          this::updateAll);
    }
  }

  /**
   * Computes the loss and its gradients, then moves every parameter by one step.
   *
   * @param closure drops the gradients, computes the loss, runs backward and returns the loss; what
   *     it makes is closed
   * @return the loss before the step
   * @throws IllegalStateException when a parameter has no gradient after the closure; then none is
   *     moved
   */
  public final double step(Supplier<Tensor> closure) {
    double loss;
    try (Scope scope = Scope.open()) {
      loss = closure.get().item();
    }
    step();
    return loss;
  }

  private static long notInMemory(Tensor parameter) {
    Tensor gradient = parameter.grad();
    return gradient != null && gradient.deferred() ? parameter.size() : 0;
  }

  /** What is left of backward: the products of which the update computes a gradient. */
  private static long deferredFlops(Tensor parameter) {
    Tensor gradient = parameter.grad();
    return gradient == null ? 0 : gradient.deferredFlops();
  }

  private void updateAll() {
    try {
      groups.forEach(this::add);
      updates.run();
    } finally {
      updates.clear();
    }
    for (ParameterGroup group : groups) {
      group
          .parameters()
          .keySet()
          .forEach(name -> {
            Slot slot = slot(name);
            if (slot.parameter.requiresGrad()) {
              slot.steps++;
              slot.product = product(group.options(), slot.steps, slot.product);
            }
          });
    }
  }

  private Slot slot(String name) {
    Slot slot = slots.get(name);
    if (slot == null) {
      throw new IllegalArgumentException("There is no parameter " + name + ".");
    }
    return slot;
  }

  private void add(ParameterGroup group) {
    Options options = group.options();
    int states = stateNames(options).size();
    UpdateFormula formula = null;
    UpdateSlope slope = UpdateSlope.PLAIN;
    Slot like = null;
    for (String name : group.parameters().keySet()) {
      Slot slot = slot(name);
      Tensor gradient = slot.parameter.grad();
      if (gradient == null || !slot.parameter.requiresGrad()) {
        continue;
      }
      if (slot.states.length != states) {
        grow(slot, states, options);
      }
      // Parameters of a group have nearly always made the same steps: one formula serves them.
      if (formula == null
          || like == null
          || slot.steps != like.steps
          || slot.product != like.product) {
        long step = slot.steps + 1;
        formula = formula(options, step, product(options, step, slot.product));
        slope = slope(options, step);
        like = slot;
      }
      updates.add(formula, slope, slot.parameter, gradient, slot.states);
    }
  }

  private void grow(Slot slot, int count, Options options) {
    Tensor[] states = new Tensor[count];
    for (int i = 0; i < count; i++) {
      states[i] =
          i < slot.states.length
              ? slot.states[i]
              : state((float) initial(i, options), slot.parameter.shape());
    }
    slot.states = states;
  }

  private static Tensor state(float value, Shape shape) {
    return Scope.release(Tensor.full(value, shape.toArray()));
  }

  /** The names of what is remembered for each element of a parameter, as PyTorch has them. */
  abstract List<String> stateNames(Options options);

  /** Whether a step depends on how many there were, so that a checkpoint must say it. */
  abstract boolean countsSteps();

  /**
   * One step.
   *
   * @param step counted from 1
   * @param product see {@link #product}
   */
  abstract UpdateFormula formula(Options options, long step, float product);

  /** What a state is before the first step. */
  double initial(int state, Options options) {
    return 0;
  }

  /** A product over all steps, of which the one before this step is given; NAdam needs it. */
  float product(Options options, long step, float before) {
    return before;
  }

  /** Whether weight decay shrinks the parameter instead of entering the gradient. */
  boolean decoupled(Options options) {
    return options.has("decoupledWeightDecay") && options.on("decoupledWeightDecay");
  }

  /** What the formula sees of gradient and parameter. */
  UpdateSlope slope(Options options, long step) {
    float sign = options.has("maximize") && options.on("maximize") ? -1 : 1;
    double decay = options.has("weightDecay") ? options.get("weightDecay") : 0;
    return decoupled(options)
        ? new UpdateSlope(sign, 0, (float) (1 - options.get("lr") * decay))
        : new UpdateSlope(sign, (float) decay, 1);
  }

  /**
   * What the optimiser remembers from step to step, by names such as {@code
   * conv1.weight.momentum_buffer}: with the parameters, all that a checkpoint needs. Numbers of
   * steps are scalars, {@code conv1.weight.step}.
   */
  public final Map<String, Tensor> state() {
    Map<String, Tensor> state = new LinkedHashMap<>();
    for (ParameterGroup group : groups) {
      List<String> names = stateNames(group.options());
      for (String name : group.parameters().keySet()) {
        Slot slot = slot(name);
        for (int i = 0; i < Math.min(slot.states.length, names.size()); i++) {
          state.put(name + "." + names.get(i), slot.states[i]);
        }
        if (slot.steps > 0 && countsSteps()) {
          state.put(name + "." + STEP, Tensor.scalar(slot.steps));
        }
        if (slot.product != 1) {
          state.put(name + "." + PRODUCT, Tensor.scalar(slot.product));
        }
      }
    }
    return state;
  }

  /**
   * Takes over what {@link #state} of an optimiser of the same kind and parameters has given, so
   * that the next step is the one that the other would have made. The tensors are copied. What is
   * not in it starts anew.
   *
   * @throws IllegalArgumentException when a tensor belongs to no parameter, is of another kind of
   *     optimiser, or has another shape
   */
  public final void load(Map<String, Tensor> state) {
    for (ParameterGroup group : groups) {
      List<String> names = stateNames(group.options());
      for (String name : group.parameters().keySet()) {
        for (String known : names) {
          Tensor value = state.get(name + "." + known);
          Tensor parameter = slot(name).parameter;
          if (value != null && !parameter.shape().equals(value.shape())) {
            throw new IllegalArgumentException(
                "load: '%s.%s' has shape %s, the parameter %s"
                    .formatted(name, known, value.shape(), parameter.shape()));
          }
        }
      }
    }
    state.keySet().forEach(this::checkName);
    for (ParameterGroup group : groups) {
      List<String> names = stateNames(group.options());
      for (String name : group.parameters().keySet()) {
        load(state, name, names, slot(name), group.options());
      }
    }
  }

  private void load(
      Map<String, Tensor> state, String name, List<String> names, Slot slot, Options options) {
    for (Tensor old : slot.states) {
      old.close();
    }
    slot.states = new Tensor[0];
    slot.steps = 0;
    slot.product = 1;
    boolean any = false;
    for (String known : names) {
      any |= state.containsKey(name + "." + known);
    }
    if (any) {
      grow(slot, names.size(), options);
      for (int i = 0; i < names.size(); i++) {
        Tensor value = state.get(name + "." + names.get(i));
        if (value != null) {
          slot.states[i].copyFrom(value.toArray());
        }
      }
      slot.steps = 1;
    }
    Tensor step = state.get(name + "." + STEP);
    if (step != null) {
      slot.steps = (long) step.item();
    }
    Tensor product = state.get(name + "." + PRODUCT);
    if (product != null) {
      slot.product = product.item();
    }
  }

  private void checkName(String name) {
    int dot = name.lastIndexOf('.');
    String owner = dot < 0 ? "" : name.substring(0, dot);
    if (!parameters.containsKey(owner)) {
      throw new IllegalArgumentException(
          "load: the state of the optimiser has '" + name + "', which belongs to no parameter");
    }
    String kind = name.substring(dot + 1);
    for (ParameterGroup group : groups) {
      if (group.parameters().containsKey(owner)
          && !stateNames(group.options()).contains(kind)
          && !kind.equals(STEP)
          && !kind.equals(PRODUCT)) {
        throw new IllegalArgumentException(
            "load: the state of the optimiser has '%s', which %s with these options does not have"
                .formatted(name, keywords.optimizer()));
      }
    }
  }

  /** Drops the gradients of all parameters. */
  public final void zeroGrad() {
    parameters.values().forEach(Tensor::zeroGrad);
  }

  /** The parameters, in the order in which they were given. */
  public final Map<String, Tensor> parameters() {
    return Collections.unmodifiableMap(parameters);
  }

  /** The groups, in the order in which they were given. */
  public final List<ParameterGroup> groups() {
    return Collections.unmodifiableList(groups);
  }

  /** The learning rate of the next step; that of the first group where there are several. */
  public final double lr() {
    return groups.getFirst().lr();
  }

  /**
   * Changes the learning rate of all groups.
   *
   * @throws IllegalArgumentException when it is negative or not finite
   */
  public final void lr(double lr) {
    groups.forEach(group -> group.set("lr", lr));
  }

  /** An optimiser's parameters in one group. */
  static List<ParameterGroup> one(Map<String, Tensor> parameters, Options options) {
    return List.of(new ParameterGroup(parameters, options));
  }
}
