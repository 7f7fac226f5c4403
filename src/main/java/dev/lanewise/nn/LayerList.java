package dev.lanewise.nn;

import dev.lanewise.tensor.Tensor;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * Layers under the names {@code 0}, {@code 1}, …, for a layer that decides itself how they are
 * connected (PyTorch's {@code ModuleList}).
 *
 * @param <L> what they have in common
 */
public final class LayerList<L extends Layer> extends Layer implements Iterable<L> {
  private final List<L> layers = new ArrayList<>();

  /** An empty list. */
  public LayerList() {}

  /** These layers in this order; more can be added. */
  public LayerList(List<? extends L> layers) {
    layers.forEach(this::add);
  }

  /** Adds a layer at the end. Returns this. */
  public LayerList<L> add(L layer) {
    layers.add(child(Integer.toString(layers.size()), layer));
    return this;
  }

  /**
   * The layer of a number.
   *
   * @throws IndexOutOfBoundsException when there is none
   */
  public L get(int index) {
    return layers.get(index);
  }

  /** How many there are. */
  public int size() {
    return layers.size();
  }

  @Override
  public Iterator<L> iterator() {
    return List.copyOf(layers).iterator();
  }

  /**
   * Has no meaning: a list does not say how its layers are connected.
   *
   * @throws UnsupportedOperationException always
   */
  @Override
  public Tensor forward(Tensor x) {
    throw new UnsupportedOperationException(
        "LayerList: a list has no forward; call its layers, or use Sequential.");
  }
}
