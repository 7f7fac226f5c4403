package dev.lanewise.nn;

import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;

/**
 * y_k = a W_k b + bias_k for inputs [.., in1] and [.., in2], with {@code weight} [out, in1, in2]
 * and {@code bias} [out].
 */
public final class Bilinear extends PairLayer {
  private final Tensor weight;
  private final Tensor bias;

  /**
   * Initialised as PyTorch does: uniform within ±1/√in1.
   *
   * @throws IllegalArgumentException when a size is not positive
   */
  public Bilinear(int in1, int in2, int out, Generator random) {
    if (in1 < 1 || in2 < 1 || out < 1) {
      throw new IllegalArgumentException(
          "Bilinear needs at least one input on both sides and one output, found "
              + in1
              + ", "
              + in2
              + " and "
              + out
              + ".");
    }
    double bound = 1 / Math.sqrt(in1);
    weight =
        parameter(
            "weight", Init.uniform(Tensor.uninitialized(out, in1, in2), -bound, bound, random));
    bias = parameter("bias", Init.uniform(Tensor.uninitialized(out), -bound, bound, random));
  }

  @Override
  public Tensor forward(Tensor a, Tensor b) {
    return a.bilinear(b, weight, bias);
  }

  @Override
  protected String attributes() {
    Shape shape = weight.shape();
    return shape.dim(1) + ", " + shape.dim(2) + ", " + shape.dim(0);
  }
}
