package dev.lanewise.nn;

import dev.lanewise.tensor.Scope;
import dev.lanewise.tensor.Tensor;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

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
 *     return x.add(linear.forward(x).relu());
 *   }
 * }
 * }</pre>
 */
public abstract class Layer {
  private final Map<String, Tensor> ownParameters = new LinkedHashMap<>();
  private final Map<String, Tensor> ownBuffers = new LinkedHashMap<>();
  private final Map<String, Layer> children = new LinkedHashMap<>();
  private boolean training = true;

  /** For subclasses. */
  protected Layer() {}

  /**
   * Computes the output.
   *
   * @throws IllegalArgumentException when the shape of {@code x} does not fit
   */
  public abstract Tensor forward(Tensor x);

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
   * as {@code conv1.weight}.
   */
  public final Map<String, Tensor> parameters() {
    return collect("", layer -> layer.ownParameters, new LinkedHashMap<>());
  }

  /** All tensors of the state that are not trained, named as {@link #parameters} does. */
  public final Map<String, Tensor> buffers() {
    return collect("", layer -> layer.ownBuffers, new LinkedHashMap<>());
  }

  /** All that a checkpoint of this layer holds: parameters, then buffers. */
  public final Map<String, Tensor> state() {
    Map<String, Tensor> state = parameters();
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

  /** Whether the layer is in training; layers such as dropout act in training only. */
  public final boolean training() {
    return training;
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
