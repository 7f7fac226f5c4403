package dev.lanewise.nn;

import dev.lanewise.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;

/** Layers one after the other, numbered or named. */
public final class Sequential extends Layer {
  /** Layers named {@code 0}, {@code 1}, … in this order; more can be added. */
  public Sequential(Layer... layers) {
    for (Layer layer : Objects.requireNonNull(layers, "layers")) {
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

  /**
   * One after the other, with two exceptions for layers that have no hook, which leave results and
   * gradients as they are. A ReLU in front of a maximum is computed behind it: as ReLU never falls,
   * the largest element stays the largest, and it is a quarter of the work, where windows are of
   * 2x2. A ReLU behind a {@link Linear} is part of its operation, while the output is in a cache.
   */
  @Override
  public Tensor forward(Tensor x) {
    List<Layer> order = new ArrayList<>(children().values());
    for (int i = 1; i < order.size(); i++) {
      if (order.get(i) instanceof MaxPool2d pool
          && order.get(i - 1) instanceof ReLU relu
          && !pool.hooked()
          && !relu.hooked()) {
        Collections.swap(order, i - 1, i);
      }
    }
    Tensor y = x;
    for (int i = 0; i < order.size(); i++) {
      if (i + 1 < order.size()
          && order.get(i) instanceof Linear linear
          && order.get(i + 1) instanceof ReLU relu
          && !linear.hooked()
          && !relu.hooked()) {
        y = linear.callWithReLU(y, relu);
        i++;
      } else {
        y = order.get(i).call(y);
      }
    }
    return y;
  }
}
