package dev.lanewise.nn;

import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Fully connected: [.., inputs] to [.., outputs], y = x wᵀ + b with {@code weight} [outputs,
 * inputs].
 */
public final class Linear extends Layer {
  private final Tensor weight;
  private final @Nullable Tensor bias;

  /** With a bias; initialised as PyTorch does. */
  public Linear(int inputs, int outputs, Generator random) {
    this(inputs, outputs, true, random);
  }

  /**
   * Initialised as PyTorch does: all values uniform within ±1/√inputs.
   *
   * @throws IllegalArgumentException when a size is not positive
   */
  public Linear(int inputs, int outputs, boolean withBias, Generator random) {
    if (inputs < 1 || outputs < 1) {
      throw new IllegalArgumentException(
          "Linear needs at least one input and one output, found "
              + inputs
              + " and "
              + outputs
              + ".");
    }
    weight = parameter("weight", Init.defaultWeight(Shape.of(outputs, inputs), random));
    bias = withBias ? parameter("bias", Init.defaultBias(weight.shape(), random)) : null;
  }

  /** The weight, [outputs, inputs]. */
  public Tensor weight() {
    return weight;
  }

  /** The bias, [outputs], where there is one. */
  public Optional<Tensor> bias() {
    return Optional.ofNullable(bias);
  }

  @Override
  public Tensor forward(Tensor x) {
    return x.linear(weight, bias);
  }

  /** As {@link #call}, and then {@code relu}, in one operation. */
  Tensor callWithReLU(Tensor given, ReLU relu) {
    return call(given, relu, x -> x.linearRelu(weight, bias));
  }

  @Override
  protected String attributes() {
    Shape shape = weight.shape();
    return shape.dim(1) + ", " + shape.dim(0) + (bias == null ? ", no bias" : "");
  }
}
