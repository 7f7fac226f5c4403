package dev.lanewise.nn;

import dev.lanewise.kernel.EarlyStart;
import dev.lanewise.tensor.LayerTrail;
import dev.lanewise.tensor.Scope;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A part of a network: parameters, buffers and layers inside it, each under a name.
 *
 * <p>A subclass registers what it owns in its constructor and computes in {@link #forward}:
 *
 * <pre>{@code
 * final class Residual extends Layer {
 *   private final Linear linear;
 *
 *   Residual(int size, Generator random) {
 *     linear = child("linear", new Linear(size, size, random));
 *   }
 *
 *   public Tensor forward(Tensor x) {
 *     return x.add(linear.call(x).relu());
 *   }
 * }
 * }</pre>
 */
public abstract class Layer {
  static {
    EarlyStart.begin();
  }

  private final Map<String, Tensor> ownParameters = new LinkedHashMap<>();
  private final Map<String, Tensor> ownBuffers = new LinkedHashMap<>();
  private final Map<String, Layer> children = new LinkedHashMap<>();
  private boolean training = true;
  private @Nullable LayerHooks hooks;

  /** For subclasses. */
  protected Layer() {}

  /**
   * Computes the output.
   *
   * @throws IllegalArgumentException when the shape of {@code x} does not fit
   */
  public abstract Tensor forward(Tensor x);

  /**
   * {@link #forward} with the hooks: how layers call the layers inside them.
   *
   * @throws IllegalArgumentException when the shape of the input does not fit
   */
  public final Tensor call(Tensor given) {
    return call(given, this::forward);
  }

  /** {@link #call} with another form of {@link #forward}. */
  protected final Tensor call(Tensor given, UnaryOperator<Tensor> form) {
    return call(given, null, form);
  }

  /**
   * {@link #call} with a form of {@link #forward} that does the work of the layer {@code fused},
   * too: a profile has a line for both, {@code 0+1}.
   */
  final Tensor call(Tensor given, @Nullable Layer fused, UnaryOperator<Tensor> form) {
    LayerTrail trail = LayerTrail.current();
    if (trail == null) {
      Tensor x = taken(given);
      return told(x, form.apply(x));
    }
    String name = nameIn(trail.layer());
    trail.enter(this, fused == null ? name : name + "+" + fused.nameIn(trail.layer()));
    try {
      Tensor x = taken(given);
      return told(x, form.apply(x));
    } finally {
      trail.leave();
    }
  }

  /** The path from the layer around this one, which may hold it at any depth; else its kind. */
  private String nameIn(@Nullable Object outer) {
    String path = outer instanceof Layer layer ? layer.pathTo(this) : null;
    return path == null ? getClass().getSimpleName() : path;
  }

  private @Nullable String pathTo(Layer inner) {
    for (Map.Entry<String, Layer> child : children.entrySet()) {
      if (child.getValue().equals(inner)) {
        return child.getKey();
      }
      String path = child.getValue().pathTo(inner);
      if (path != null) {
        return child.getKey() + "." + path;
      }
    }
    return null;
  }

  /** What the hooks make of the input. */
  private Tensor taken(Tensor x) {
    return hooks == null ? x : hooks.before(this, x);
  }

  /** Tells the hooks, and gives what they make of the output. */
  private Tensor told(Tensor x, Tensor y) {
    return hooks == null ? y : hooks.after(this, x, y);
  }

  /** What is told of a layer each time it has computed an output. */
  @FunctionalInterface
  public interface ForwardHook {
    /** After {@code layer} has computed {@code y} from {@code x}. */
    void after(Layer layer, Tensor x, Tensor y);
  }

  /** What may exchange the input of a layer. */
  @FunctionalInterface
  public interface InputHook {
    /** Gives what {@code layer} is to compute from instead of {@code x}, or {@code x}. */
    Tensor before(Layer layer, Tensor x);
  }

  /** What may exchange the output of a layer. */
  @FunctionalInterface
  public interface OutputHook {
    /** Gives what counts instead of {@code y}, which {@code layer} computed from {@code x}. */
    Tensor after(Layer layer, Tensor x, Tensor y);
  }

  /** What is told of the gradients of a layer in backward. */
  @FunctionalInterface
  public interface BackwardHook {
    /**
     * After backward has passed a call of {@code layer}. The tensors are open while it runs.
     *
     * @param dx the gradient of what went in, from this call alone; null where none is asked for
     * @param dy the gradient of the output
     * @return what goes on instead of {@code dx}; null for {@code dx} itself
     */
    @Nullable Tensor after(Layer layer, @Nullable Tensor dx, Tensor dy);
  }

  /**
   * Calls {@code hook} after each {@link #call} of this layer: to print shapes and norms, to find
   * the first NaN. A direct {@link #forward} does not tell.
   *
   * @return takes the hook off again
   */
  public final Runnable onForward(ForwardHook hook) {
    return hooks().add(Objects.requireNonNull(hook, "hook"));
  }

  /**
   * Has {@code hook} look at, or exchange, the input of each {@link #call}: hooks run in the order
   * in which they were added, each on what the last one gave.
   *
   * @return takes the hook off again
   */
  public final Runnable onInput(InputHook hook) {
    return hooks().add(Objects.requireNonNull(hook, "hook"));
  }

  /**
   * Has {@code hook} exchange the output of each {@link #call}, after those of {@link #onForward}.
   *
   * @return takes the hook off again
   */
  public final Runnable onOutput(OutputHook hook) {
    return hooks().add(Objects.requireNonNull(hook, "hook"));
  }

  /**
   * Calls {@code hook} for each {@link #call} when backward has passed it, with the gradients of
   * its output and of its (first) input, which it may exchange. A layer that is used several times
   * tells of each. Only calls that begin after this are told of.
   *
   * @return takes the hook off again; calls before that still tell
   */
  public final Runnable onBackward(BackwardHook hook) {
    return hooks().add(Objects.requireNonNull(hook, "hook"));
  }

  private LayerHooks hooks() {
    if (hooks == null) {
      hooks = new LayerHooks();
    }
    return hooks;
  }

  /** Whether somebody is told of what this layer computes. */
  final boolean hooked() {
    return hooks != null && !hooks.none();
  }

  /**
   * Registers a trained tensor: it collects gradients from now on and outlives any scope.
   *
   * @return the tensor
   * @throws IllegalArgumentException when the name is taken or contains a dot
   */
  protected final Tensor parameter(String name, Tensor tensor) {
    checkName(name);
    ownParameters.put(name, Scope.release(tensor).requireGrad());
    return tensor;
  }

  /**
   * Registers a tensor that belongs to the state of the layer but is not trained, such as a running
   * mean; it outlives any scope.
   *
   * @return the tensor
   * @throws IllegalArgumentException when the name is taken or contains a dot
   */
  protected final Tensor buffer(String name, Tensor tensor) {
    checkName(name);
    ownBuffers.put(name, Scope.release(tensor));
    return tensor;
  }

  /**
   * Registers a layer inside this one.
   *
   * @return the layer
   * @throws IllegalArgumentException when the name is taken or contains a dot
   */
  protected final <L extends Layer> L child(String name, L layer) {
    checkName(name);
    children.put(name, layer);
    layer.train(training);
    return layer;
  }

  private void checkName(String name) {
    if (name.isEmpty() || name.indexOf('.') >= 0) {
      throw new IllegalArgumentException(
          "The name '" + name + "' in a layer must not be empty and must not contain a dot.");
    }
    if (ownParameters.containsKey(name)
        || ownBuffers.containsKey(name)
        || children.containsKey(name)) {
      throw new IllegalArgumentException("The layer has a '" + name + "' already.");
    }
  }

  /**
   * All trained tensors, those of the layers inside included, in the order of registration: names
   * as {@code conv1.weight}. One that is shared comes once, under its first name.
   */
  public final Map<String, Tensor> parameters() {
    Map<String, Tensor> parameters = allParameters();
    Set<Tensor> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    parameters.values().removeIf(parameter -> !seen.add(parameter));
    return parameters;
  }

  private Map<String, Tensor> allParameters() {
    return collect("", layer -> layer.ownParameters, new LinkedHashMap<>());
  }

  /** All tensors of the state that are not trained, named as {@link #parameters} does. */
  public final Map<String, Tensor> buffers() {
    return collect("", layer -> layer.ownBuffers, new LinkedHashMap<>());
  }

  /**
   * All that a checkpoint of this layer holds: parameters, then buffers; shared ones under each of
   * their names.
   */
  public final Map<String, Tensor> state() {
    Map<String, Tensor> state = allParameters();
    state.putAll(buffers());
    return state;
  }

  private Map<String, Tensor> collect(
      String prefix, Function<Layer, Map<String, Tensor>> own, Map<String, Tensor> into) {
    own.apply(this).forEach((name, tensor) -> into.put(prefix + name, tensor));
    children.forEach((name, layer) -> layer.collect(prefix + name + ".", own, into));
    return into;
  }

  /** The layers directly inside this one, by name, in the order of registration. */
  public final Map<String, Layer> children() {
    return Collections.unmodifiableMap(children);
  }

  /** Switches this layer and all inside to training, or with {@code false} to evaluation. */
  public final void train(boolean on) {
    training = on;
    children.values().forEach(layer -> layer.train(on));
  }

  /** This layer alone. */
  final void restoreMode(boolean on) {
    training = on;
  }

  /** Whether the layer is in training; layers such as dropout act in training only. */
  public final boolean training() {
    return training;
  }

  /**
   * Keeps the parameters of this layer and of all inside as they are: they collect no gradient, and
   * optimisers leave them alone.
   */
  public final void freeze() {
    zeroGrad();
    parameters().values().forEach(parameter -> parameter.requireGrad(false));
  }

  /** Trains the parameters of this layer and of all inside again. */
  public final void unfreeze() {
    parameters().values().forEach(Tensor::requireGrad);
  }

  /**
   * A table of the layers inside with output shapes, parameters and work, found by a {@link
   * dev.lanewise.tensor.DryRun} in evaluation mode.
   *
   * @param input the shape of the input, batch included
   * @throws IllegalArgumentException when the network does not take such an input
   */
  public final Summary summary(Shape input) {
    return Summary.of(this, input);
  }

  /** Drops the gradients of all parameters. */
  public final void zeroGrad() {
    ownParameters.values().forEach(Tensor::zeroGrad);
    children.values().forEach(Layer::zeroGrad);
  }

  /** The number of trained values. */
  public final long parameterCount() {
    return parameters().values().stream().mapToLong(Tensor::size).sum();
  }

  /** The layer with its attributes and, line by line, the layers inside. */
  @Override
  public String toString() {
    if (children.isEmpty()) {
      return getClass().getSimpleName() + "(" + attributes() + ")";
    }
    StringBuilder text = new StringBuilder(getClass().getSimpleName() + "(\n");
    children.forEach((name, layer) ->
        text.append("  (")
            .append(name)
            .append("): ")
            .append(layer.toString().replace("\n", "\n  "))
            .append('\n'));
    return text.append(')').toString();
  }

  /** What stands in the parentheses of {@link #toString}. */
  protected String attributes() {
    return "";
  }
}
