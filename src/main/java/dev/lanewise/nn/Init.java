package dev.lanewise.nn;

import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;

/**
 * Initialisers that overwrite a weight in place. They keep the variance of what flows through a
 * layer: Kaiming's (He et al., <i>Delving Deep into Rectifiers</i>, 2015) for one direction and a
 * leaky ReLU, Xavier's (Glorot and Bengio, <i>Understanding the difficulty of training deep
 * feedforward neural networks</i>, 2010) for both and a linear layer.
 */
public final class Init {
  /** Which direction keeps its variance. */
  public enum Fan {
    /** Forward: inputs of one output value. */
    IN,
    /** Backward: outputs of one input value. */
    OUT
  }

  private Init() {}

  /**
   * Uniform within ±√(6 / ((1 + slope²) fan)).
   *
   * @param slope of the leaky ReLU that follows, for negative values; 0 for ReLU
   * @return the weight
   */
  public static Tensor kaimingUniform(Tensor weight, double slope, Fan fan, Generator random) {
    double bound = Math.sqrt(6 / ((1 + slope * slope) * fan(weight.shape(), fan)));
    return uniform(weight, bound, random);
  }

  /**
   * Normal with standard deviation √(2 / ((1 + slope²) fan)).
   *
   * @param slope of the leaky ReLU that follows, for negative values; 0 for ReLU
   * @return the weight
   */
  public static Tensor kaimingNormal(Tensor weight, double slope, Fan fan, Generator random) {
    double deviation = Math.sqrt(2 / ((1 + slope * slope) * fan(weight.shape(), fan)));
    return normal(weight, deviation, random);
  }

  /**
   * Uniform within ±gain √(6 / (fan in + fan out)).
   *
   * @return the weight
   */
  public static Tensor xavierUniform(Tensor weight, double gain, Generator random) {
    return uniform(weight, gain * Math.sqrt(6 / fans(weight.shape())), random);
  }

  /**
   * Normal with standard deviation gain √(2 / (fan in + fan out)).
   *
   * @return the weight
   */
  public static Tensor xavierNormal(Tensor weight, double gain, Generator random) {
    return normal(weight, gain * Math.sqrt(2 / fans(weight.shape())), random);
  }

  /**
   * The weight of Linear and Conv2d in PyTorch: Kaiming uniform with slope √5, so within ±1/√fan.
   */
  static Tensor defaultWeight(Shape shape, Generator random) {
    return kaimingUniform(Tensor.uninitialized(shape.toArray()), Math.sqrt(5), Fan.IN, random);
  }

  /** The bias of Linear and Conv2d in PyTorch: uniform within ±1/√fan of the weight. */
  static Tensor defaultBias(Shape weight, Generator random) {
    return uniform(Tensor.uninitialized(weight.dim(0)), 1 / Math.sqrt(fan(weight, Fan.IN)), random);
  }

  private static Tensor uniform(Tensor weight, double bound, Generator random) {
    return weight.copyFrom(random.uniformValues(weight.size(), (float) -bound, (float) bound));
  }

  private static Tensor normal(Tensor weight, double deviation, Generator random) {
    return weight.copyFrom(random.normalValues(weight.size(), 0, (float) deviation));
  }

  private static double fans(Shape weight) {
    return fan(weight, Fan.IN) + fan(weight, Fan.OUT);
  }

  private static double fan(Shape weight, Fan fan) {
    if (weight.rank() < 2 || weight.size() == 0) {
      throw new IllegalArgumentException(
          "An initialiser needs a weight [outputs, inputs, ...] that is not empty, found shape "
              + weight
              + ".");
    }
    double taps = (double) weight.size() / weight.dim(0) / weight.dim(1);
    return taps * weight.dim(fan == Fan.IN ? 1 : 0);
  }
}
