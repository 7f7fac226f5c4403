package dev.lanewise.nn;

import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.InPlace;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.util.Objects;

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
    return symmetric(weight, bound, random);
  }

  /**
   * Normal with standard deviation √(2 / ((1 + slope²) fan)).
   *
   * @param slope of the leaky ReLU that follows, for negative values; 0 for ReLU
   * @return the weight
   */
  public static Tensor kaimingNormal(Tensor weight, double slope, Fan fan, Generator random) {
    double deviation = Math.sqrt(2 / ((1 + slope * slope) * fan(weight.shape(), fan)));
    return normal(weight, 0, deviation, random);
  }

  /**
   * Uniform within ±gain √(6 / (fan in + fan out)).
   *
   * @return the weight
   */
  public static Tensor xavierUniform(Tensor weight, double gain, Generator random) {
    return symmetric(weight, gain * Math.sqrt(6 / fans(weight.shape())), random);
  }

  /**
   * Normal with standard deviation gain √(2 / (fan in + fan out)).
   *
   * @return the weight
   */
  public static Tensor xavierNormal(Tensor weight, double gain, Generator random) {
    return normal(weight, 0, gain * Math.sqrt(2 / fans(weight.shape())), random);
  }

  /**
   * Uniform from {@code low} to below {@code high}; for a tensor of any shape, as are all without a
   * fan.
   *
   * @return the tensor
   */
  public static Tensor uniform(Tensor tensor, double low, double high, Generator random) {
    return random.uniform(tensor, (float) low, (float) high);
  }

  /**
   * Normal.
   *
   * @return the tensor
   */
  public static Tensor normal(Tensor tensor, double mean, double deviation, Generator random) {
    return random.normal(tensor, (float) mean, (float) deviation);
  }

  /**
   * Normal, with every value that is further than {@code limit} deviations from the mean drawn
   * again. PyTorch's {@code trunc_normal_} has its default bounds at ±2, whatever the deviation.
   *
   * @param limit above 0, in deviations
   * @return the tensor
   */
  public static Tensor truncatedNormal(
      Tensor tensor, double mean, double deviation, double limit, Generator random) {
    if (!(limit > 0)) {
      throw new IllegalArgumentException(
          "truncatedNormal: the limit is " + limit + "; expected a number above 0");
    }
    float[] values = random.normalValues(tensor.size(), 0, 1);
    float[] spare = {};
    int used = 0;
    for (int i = 0; i < values.length; i++) {
      while (Math.abs(values[i]) > limit) {
        if (used == spare.length) {
          spare = random.normalValues(1024, 0, 1);
          used = 0;
        }
        values[i] = spare[used++];
      }
    }
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (mean + deviation * values[i]);
    }
    return tensor.copyFrom(values);
  }

  /**
   * All elements are {@code value}.
   *
   * @return the tensor
   */
  public static Tensor constant(Tensor tensor, double value) {
    return InPlace.fill(tensor, (float) value);
  }

  /**
   * All elements are 0.
   *
   * @return the tensor
   */
  public static Tensor zeros(Tensor tensor) {
    return constant(tensor, 0);
  }

  /**
   * All elements are 1.
   *
   * @return the tensor
   */
  public static Tensor ones(Tensor tensor) {
    return constant(tensor, 1);
  }

  /**
   * Gain times a random matrix with orthonormal rows, or columns where those are fewer (Saxe,
   * McClelland and Ganguli, <i>Exact solutions to the nonlinear dynamics of learning in deep linear
   * neural networks</i>, 2014). All dimensions but the first count as columns.
   *
   * @return the weight
   * @throws IllegalArgumentException when the weight has fewer than two dimensions
   */
  public static Tensor orthogonal(Tensor weight, double gain, Generator random) {
    fan(weight.shape(), Fan.IN); // checks the shape
    int rows = weight.shape().dim(0);
    int columns = Math.toIntExact(weight.size() / rows);
    int count = Math.min(rows, columns);
    int length = Math.max(rows, columns);
    double[][] basis = orthonormal(random.normalValues((long) count * length, 0, 1), count, length);
    float[] values = new float[rows * columns];
    for (int i = 0; i < count; i++) {
      for (int j = 0; j < length; j++) {
        values[rows <= columns ? i * columns + j : j * columns + i] = (float) (gain * basis[i][j]);
      }
    }
    return weight.copyFrom(values);
  }

  /**
   * Gram and Schmidt's method on rows of normal values, each row twice, which leaves no trace of
   * rounding ("twice is enough", Kahan). Independent of the sign of the rows, so it is uniform.
   */
  private static double[][] orthonormal(float[] values, int count, int length) {
    double[][] rows = new double[count][length];
    for (int i = 0; i < count; i++) {
      double[] row = rows[i];
      for (int j = 0; j < length; j++) {
        row[j] = values[i * length + j];
      }
      for (int pass = 0; pass < 2; pass++) {
        for (int k = 0; k < i; k++) {
          double along = dot(row, rows[k]);
          for (int j = 0; j < length; j++) {
            row[j] -= along * rows[k][j];
          }
        }
      }
      double norm = Math.sqrt(dot(row, row));
      for (int j = 0; j < length && norm > 0; j++) {
        row[j] /= norm;
      }
    }
    return rows;
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  /**
   * The weight of Linear and Conv2d in PyTorch: Kaiming uniform with slope √5, so within ±1/√fan.
   */
  static Tensor defaultWeight(Shape shape, Generator random) {
    return kaimingUniform(Tensor.uninitialized(shape.toArray()), Math.sqrt(5), Fan.IN, random);
  }

  /** The bias of Linear and Conv2d in PyTorch: uniform within ±1/√fan of the weight. */
  static Tensor defaultBias(Shape weight, Generator random) {
    return symmetric(
        Tensor.uninitialized(weight.dim(0)), 1 / Math.sqrt(fan(weight, Fan.IN)), random);
  }

  private static Tensor symmetric(Tensor weight, double bound, Generator random) {
    return uniform(weight, -bound, bound, random);
  }

  private static double fans(Shape weight) {
    return fan(weight, Fan.IN) + fan(weight, Fan.OUT);
  }

  private static double fan(Shape weight, Fan fan) {
    Objects.requireNonNull(fan, "fan");
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
