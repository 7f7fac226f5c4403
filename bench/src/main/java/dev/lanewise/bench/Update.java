package dev.lanewise.bench;

import java.util.List;

/** An SGD step with momentum over all parameters of a network; all gradients are ones. */
record Update(Network network) implements Case {
  static final String FAMILY = "sgd";

  @Override
  public List<Side> sides() {
    return List.of(Side.LANEWISE, Side.LIBTORCH);
  }

  @Override
  public Unit unit() {
    return Unit.GIGABYTES;
  }

  /** Parameter, gradient and velocity are read, parameter and velocity written. */
  @Override
  public double work() {
    return 20.0 * network.weightShapes().stream().mapToInt(Numbers::size).sum();
  }

  @Override
  public String toString() {
    return FAMILY + "/" + network.name();
  }
}
