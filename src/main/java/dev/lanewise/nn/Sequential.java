package dev.lanewise.nn;

import dev.lanewise.tensor.Tensor;

/** Layers one after the other, numbered or named. */
public final class Sequential extends Layer {
  /** Layers named {@code 0}, {@code 1}, … in this order; more can be added. */
  public Sequential(Layer... layers) {
    for (Layer layer : layers) {
      add(layer);
    }
  }

  /** Adds a layer at the end under its number. Returns this. */
  public Sequential add(Layer layer) {
    return add(Integer.toString(children().size()), layer);
  }

  /**
   * Adds a layer at the end under a name. Returns this.
   *
   * @throws IllegalArgumentException when the name is taken or contains a dot
   */
  public Sequential add(String name, Layer layer) {
    child(name, layer);
    return this;
  }

  @Override
  public Tensor forward(Tensor x) {
    Tensor y = x;
    for (Layer layer : children().values()) {
      y = layer.call(y);
    }
    return y;
  }
}
