package dev.lanewise.nn;

import dev.lanewise.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Layers by name, for a layer that decides itself which one is used when (PyTorch's {@code
 * ModuleDict}).
 *
 * @param <L> what they have in common
 */
public final class LayerMap<L extends Layer> extends Layer {
  private final Map<String, L> layers = new LinkedHashMap<>();

  /** An empty map. */
  public LayerMap() {}

  /**
   * Adds a layer. Returns this.
   *
   * @throws IllegalArgumentException when the name is taken or contains a dot
   */
  public LayerMap<L> put(String name, L layer) {
    layers.put(name, child(name, layer));
    return this;
  }

  /**
   * The layer of a name.
   *
   * @throws IllegalArgumentException when there is none; the message lists those that are
   */
  public L get(String name) {
    L layer = layers.get(name);
    if (layer == null) {
      throw new IllegalArgumentException(
          "There is no layer '" + name + "'; there are: " + String.join(", ", names()) + ".");
    }
    return layer;
  }

  /** The names, in the order in which the layers were added. */
  public List<String> names() {
    return List.copyOf(layers.keySet());
  }

  /**
   * Has no meaning: a map does not say how its layers are connected.
   *
   * @throws UnsupportedOperationException always
   */
  @Override
  public Tensor forward(Tensor x) {
    throw new UnsupportedOperationException(
        "LayerMap: a map has no forward; call its layers, or use Sequential.");
  }
}
