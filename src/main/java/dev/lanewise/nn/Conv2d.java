package dev.lanewise.nn;

import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Two-dimensional convolution, [N, C, H, W] to [N, K, OH, OW], with {@code weight} [K, C/groups, R,
 * S].
 */
public final class Conv2d extends Layer {
  private final Tensor weight;
  private final @Nullable Tensor bias;
  private final dev.lanewise.op.Conv2d options;

  /** Stride 1 and no padding. */
  public Conv2d(int inputs, int outputs, int kernel, Generator random) {
    this(inputs, outputs, kernel, 1, 0, random);
  }

  /** With a stride, and a padding of zeros on all sides. */
  public Conv2d(int inputs, int outputs, int kernel, int stride, int padding, Generator random) {
    this(
        inputs,
        outputs,
        kernel,
        dev.lanewise.op.Conv2d.standard().stride(stride).padding(padding),
        true,
        random);
  }

  /**
   * Initialised as PyTorch does: all values uniform within ±1/√(C/groups · kernel²).
   *
   * @param inputs channels C of the input
   * @param outputs channels K of the output
   * @param kernel rows and columns R = S of the kernel
   * @param options stride, padding, dilation, groups
   * @throws IllegalArgumentException when a size is not positive or the groups do not divide the
   *     channels
   */
  public Conv2d(
      int inputs,
      int outputs,
      int kernel,
      dev.lanewise.op.Conv2d options,
      boolean withBias,
      Generator random) {
    if (inputs < 1 || outputs < 1 || kernel < 1) {
      throw new IllegalArgumentException(
          "Conv2d needs at least one input channel, one output channel and a kernel of 1, found "
              + inputs
              + ", "
              + outputs
              + " and "
              + kernel
              + ".");
    }
    int groups = options.groups();
    if (inputs % groups != 0 || outputs % groups != 0) {
      throw new IllegalArgumentException(
          "Conv2d: "
              + groups
              + " groups do not divide "
              + inputs
              + " input and "
              + outputs
              + " output channels.");
    }
    this.options = options;
    Shape shape = Shape.of(outputs, inputs / groups, kernel, kernel);
    weight = parameter("weight", Init.defaultWeight(shape, random));
    bias = withBias ? parameter("bias", Init.defaultBias(shape, random)) : null;
  }

  /** The weight, [K, C/groups, R, S]. */
  public Tensor weight() {
    return weight;
  }

  /** The bias, [K], where there is one. */
  public Optional<Tensor> bias() {
    return Optional.ofNullable(bias);
  }

  @Override
  public Tensor forward(Tensor x) {
    return x.conv2d(weight, bias, options);
  }

  @Override
  protected String attributes() {
    Shape shape = weight.shape();
    return "%d, %d, kernel %d, stride %d, padding %d"
        .formatted(
            shape.dim(1) * options.groups(),
            shape.dim(0),
            shape.dim(2),
            options.strideH(),
            options.paddingH());
  }
}
