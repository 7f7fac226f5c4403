package dev.lanewise.nn;

import dev.lanewise.op.Conv2d;
import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What all convolution layers share: weight, bias and options. */
public abstract sealed class Convolution extends Layer
    permits Conv1d, dev.lanewise.nn.Conv2d, Conv3d, TransposedConvolution {
  final Tensor weight;
  final @Nullable Tensor bias;
  final Conv2d options;
  private final int inputs;
  private final int outputs;

  /**
   * Initialised as PyTorch does: all values uniform within ±1/√(elements of the weight for one of
   * its first dimension).
   *
   * @param inputs channels of the input
   * @param outputs channels of the output
   * @param transposed whether the weight's first dimension is the inputs
   * @param kernel its size in each dimension
   */
  Convolution(
      int inputs,
      int outputs,
      boolean transposed,
      int[] kernel,
      Conv2d options,
      boolean withBias,
      Generator random) {
    String name = getClass().getSimpleName();
    if (inputs < 1 || outputs < 1 || kernel[0] < 1) {
      throw new IllegalArgumentException(
          name
              + " needs at least one input channel, one output channel and a kernel of 1, found "
              + inputs
              + ", "
              + outputs
              + " and "
              + kernel[0]
              + ".");
    }
    int groups = options.groups();
    if (inputs % groups != 0 || outputs % groups != 0) {
      throw new IllegalArgumentException(
          name
              + ": "
              + groups
              + " groups do not divide "
              + inputs
              + " input and "
              + outputs
              + " output channels.");
    }
    this.options = options;
    this.inputs = inputs;
    this.outputs = outputs;
    int first = transposed ? inputs : outputs;
    int second = (transposed ? outputs : inputs) / groups;
    int[] dims = new int[2 + kernel.length];
    dims[0] = first;
    dims[1] = second;
    System.arraycopy(kernel, 0, dims, 2, kernel.length);
    Shape shape = Shape.of(dims);
    weight = parameter("weight", Init.defaultWeight(shape, random));
    double bound = Math.sqrt((double) first / shape.size());
    bias =
        withBias
            ? parameter("bias", Init.uniform(Tensor.uninitialized(outputs), -bound, bound, random))
            : null;
  }

  /** The weight: [K, C/groups, kernel], or, transposed, [C, K/groups, kernel]. */
  public Tensor weight() {
    return weight;
  }

  /** The bias, [K], where there is one. */
  public Optional<Tensor> bias() {
    return Optional.ofNullable(bias);
  }

  @Override
  protected final String attributes() {
    return "%d, %d, kernel %d, stride %d, padding %d"
        .formatted(inputs, outputs, weight.shape().dim(2), options.strideW(), options.paddingW());
  }
}
