package dev.lanewise.op;

import dev.lanewise.kernel.conv.Conv2dDims;
import dev.lanewise.kernel.conv.Conv2dKernel;
import dev.lanewise.kernel.conv.ConvChannelsLast;
import dev.lanewise.kernel.conv.ConvRule;
import dev.lanewise.tensor.DType;
import dev.lanewise.tensor.Layout;
import dev.lanewise.tensor.Node;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Two-dimensional convolution as in neural networks, that is cross-correlation: with input x [N, C,
 * H, W], weight w [K, C/groups, R, S] and bias [K],
 *
 * <pre>
 * y[n,k,i,j] = bias[k] + Σ_{c,r,s} x[n, c, i*stride - padding + r*dilation, j*stride - padding + s*dilation] w[k,c,r,s]
 * </pre>
 *
 * where c runs over the channels of k's group. It is linear in x and in w, so its two gradients are
 * operations of the same family, and each one's derivatives are the other two.
 *
 * @param strideH rows from one output to the next, at least 1; {@code strideW} likewise
 * @param strideW columns
 * @param paddingH zeros above and below, at least 0; {@code paddingW} left and right
 * @param paddingW columns
 * @param dilationH rows from one tap to the next, at least 1; {@code dilationW} likewise
 * @param dilationW columns
 * @param groups divides both C and K
 */
public record Conv2d(
    int strideH, int strideW, int paddingH, int paddingW, int dilationH, int dilationW, int groups)
    implements Op {
  private static final Inputs INPUTS = Inputs.floats("input", "weight").optional("bias");

  /** Checks the attributes. */
  public Conv2d {
    if (strideH < 1 || strideW < 1 || dilationH < 1 || dilationW < 1 || groups < 1) {
      throw new IllegalArgumentException(
          "conv2d: stride, dilation and groups must be at least 1, found stride "
              + strideH
              + "x"
              + strideW
              + ", dilation "
              + dilationH
              + "x"
              + dilationW
              + ", groups "
              + groups);
    }
    if (paddingH < 0 || paddingW < 0) {
      throw new IllegalArgumentException(
          "conv2d: padding must be at least 0, found " + paddingH + "x" + paddingW);
    }
  }

  /** Stride 1, no padding, no dilation, one group. */
  public static Conv2d standard() {
    return new Conv2d(1, 1, 0, 0, 1, 1, 1);
  }

  /** For sequences, as images of one row: stride, padding and dilation of the columns only. */
  public static Conv2d row(int stride, int padding, int dilation, int groups) {
    return new Conv2d(1, stride, 0, padding, 1, dilation, groups);
  }

  /** With this stride in both directions. */
  public Conv2d stride(int stride) {
    return new Conv2d(stride, stride, paddingH, paddingW, dilationH, dilationW, groups);
  }

  /** With this padding on all sides. */
  public Conv2d padding(int padding) {
    return new Conv2d(strideH, strideW, padding, padding, dilationH, dilationW, groups);
  }

  /** With this dilation in both directions. */
  public Conv2d dilation(int dilation) {
    return new Conv2d(strideH, strideW, paddingH, paddingW, dilation, dilation, groups);
  }

  /** With this number of groups. */
  public Conv2d groups(int groups) {
    return new Conv2d(strideH, strideW, paddingH, paddingW, dilationH, dilationW, groups);
  }

  /**
   * The transposed convolution of x with this one's attributes: the operation that takes x for the
   * gradient of the output and gives that of the input.
   *
   * @param x [N, K, H, W]
   * @param w [K, C/groups, R, S]
   * @param outputPaddingH rows that the result has beyond the least that fit, below stride or
   *     dilation; {@code outputPaddingW} likewise
   * @throws IllegalArgumentException when the shapes do not fit; one sentence that says why
   */
  public InputGradient transposed(Shape x, Shape w, int outputPaddingH, int outputPaddingW) {
    if (x.rank() != 4 || w.rank() != 4 || x.size() == 0 || w.size() == 0) {
      throw new IllegalArgumentException(
          "convTranspose2d: input must be [N, K, H, W] and weight [K, C/groups, R, S] without an"
              + " empty dimension, found input "
              + x
              + ", weight "
              + w);
    }
    String both = " (input " + x + ", weight " + w + ")";
    if (x.dim(1) != w.dim(0) || x.dim(1) % groups != 0) {
      throw new IllegalArgumentException(
          "convTranspose2d: input has "
              + x.dim(1)
              + " channels, weight expects "
              + w.dim(0)
              + ", a multiple of "
              + groups
              + " groups"
              + both);
    }
    if (outputPaddingH < 0
        || outputPaddingW < 0
        || outputPaddingH >= Math.max(strideH, dilationH)
        || outputPaddingW >= Math.max(strideW, dilationW)) {
      throw new IllegalArgumentException(
          "convTranspose2d: output padding must be at least 0 and below stride or dilation, found "
              + outputPaddingH
              + "x"
              + outputPaddingW
              + both);
    }
    long h =
        (x.dim(2) - 1L) * strideH
            - 2L * paddingH
            + dilationH * (w.dim(2) - 1L)
            + outputPaddingH
            + 1;
    long v =
        (x.dim(3) - 1L) * strideW
            - 2L * paddingW
            + dilationW * (w.dim(3) - 1L)
            + outputPaddingW
            + 1;
    if (h < 1 || v < 1 || h > Integer.MAX_VALUE || v > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "convTranspose2d: the result would have " + h + " rows and " + v + " columns" + both);
    }
    return new InputGradient(this, Shape.of(x.dim(0), w.dim(1) * groups, (int) h, (int) v));
  }

  private Conv2dDims dims(Shape x, Shape w) {
    return new Conv2dDims(
        x.dim(0), x.dim(1), x.dim(2), x.dim(3), w.dim(0), w.dim(2), w.dim(3), strideH, strideW,
        paddingH, paddingW, dilationH, dilationW, groups);
  }

  @Override
  public Inputs inputs() {
    return INPUTS;
  }

  @Override
  public Shape shape(Shape... inputs) {
    Shape x = inputs[0];
    Shape w = inputs[1];
    if (x.rank() != 4 || w.rank() != 4) {
      throw new IllegalArgumentException(
          "conv2d: input must be [N, C, H, W] and weight [K, C/groups, R, S], found input "
              + x
              + ", weight "
              + w);
    }
    String both = " (input " + x + ", weight " + w + ")";
    if (x.dim(1) % groups != 0 || w.dim(0) % groups != 0) {
      throw new IllegalArgumentException(
          "conv2d: "
              + groups
              + " groups do not divide "
              + x.dim(1)
              + " input and "
              + w.dim(0)
              + " output channels"
              + both);
    }
    if (x.dim(1) != w.dim(1) * groups) {
      throw new IllegalArgumentException(
          "conv2d: input has "
              + x.dim(1)
              + " channels, weight expects "
              + w.dim(1) * groups
              + both);
    }
    if (inputs.length > 2 && !inputs[2].equals(Shape.of(w.dim(0)))) {
      throw new IllegalArgumentException(
          "conv2d: bias must have shape [" + w.dim(0) + "], found " + inputs[2] + both);
    }
    long paddedH = x.dim(2) + 2L * paddingH;
    long paddedW = x.dim(3) + 2L * paddingW;
    if (Math.max(paddedH, paddedW) > Window.LONGEST) {
      throw new IllegalArgumentException(
          "conv2d: the padded input would have "
              + paddedH
              + " rows and "
              + paddedW
              + " columns, more than 2^30"
              + both);
    }
    long highest = paddedH - dilationH * (w.dim(2) - 1L);
    long widest = paddedW - dilationW * (w.dim(3) - 1L);
    if (highest < 1 || widest < 1 || x.size() == 0 || w.size() == 0) {
      throw new IllegalArgumentException(
          "conv2d: the weight is larger than the padded input, or one is empty: padding "
              + paddingH
              + "x"
              + paddingW
              + ", dilation "
              + dilationH
              + "x"
              + dilationW
              + both);
    }
    Conv2dDims d = dims(x, w);
    return Shape.of(x.dim(0), w.dim(0), d.OH(), d.OW());
  }

  @Override
  public long flops(Shape shape, Shape... inputs) {
    return 2 * shape.size() * inputs[1].size() / inputs[1].dim(0);
  }

  @Override
  public Tensor forward(Node node, Shape shape, Tensor... inputs) {
    Conv2dDims d = dims(inputs[0].shape(), inputs[1].shape());
    if (!node.recorded() && ConvRule.channelsLast(d)) {
      return ofFewImages(d, shape, inputs);
    }
    Tensor x = inputs[0].lanes();
    Tensor w = inputs[1].contiguous();
    Tensor bias = inputs.length > 2 ? inputs[2].contiguous() : null;
    Tensor y = Tensor.make(shape, DType.FLOAT32, Layout.BATCH_LANES, name());
    Conv2dKernel.forward(x, w, bias, y, d);
    inputs[1].release(w);
    if (bias != null) {
      // The lanes beyond the batch became the bias.
      Elementwises.clearPadding(y);
      inputs[2].release(bias);
    }
    if (x != inputs[0] && node.recorded() && !node.needs(0)) {
      // A first layer: its images in lanes serve the gradient of the weight as well.
      node.saveOwned(1, inputs[1], x);
    } else {
      inputs[0].release(x);
      node.save(inputs[1], inputs[0]);
    }
    return y;
  }

  /** The weights, in the order that this wants, stay with the weight until that changes. */
  private Tensor ofFewImages(Conv2dDims d, Shape shape, Tensor... inputs) {
    Tensor x = inputs[0].byPixel();
    Tensor w = inputs[1].contiguous();
    Tensor bias = inputs.length > 2 ? inputs[2].contiguous() : null;
    Tensor y = Tensor.makeChannelsLast(shape, name());
    int panel = ConvChannelsLast.panel(d.K());
    long taps = (long) d.R() * d.S();
    long channel = d.C() * taps;
    Tensor packed =
        w.rearranged(
            Shape.of(d.K() / panel, d.R() * d.S(), d.C(), panel),
            new long[] {panel * channel, 1, taps, channel});
    ConvChannelsLast.forward(x, packed, bias, y, d);
    inputs[0].release(x);
    inputs[1].release(w);
    if (bias != null) {
      inputs[2].release(bias);
    }
    return y;
  }

  @Override
  public @Nullable Tensor[] backward(Node node, Tensor dy) {
    Tensor w = node.saved(0);
    Tensor x = node.saved(1);
    @Nullable Tensor[] dx = new @Nullable Tensor[node.inputs()];
    dx[0] = node.needs(0) ? Tensor.apply(new InputGradient(this, x.shape()), dy, w) : null;
    dx[1] = node.needs(1) ? Tensor.apply(new WeightGradient(this, w.shape()), x, dy) : null;
    if (dx.length > 2) {
      dx[2] = node.needs(2) ? dy.sum(0, 2, 3) : null;
    }
    return dx;
  }

  /**
   * dx from dy and w: the transposed convolution, dx[n,c,p,q] = Σ dy[n,k,i,j] w[k,c,r,s] over all
   * taps that lead from (p, q) to (i, j).
   */
  public record InputGradient(Conv2d conv, Shape input) implements Op {
    private static final Inputs INPUTS = Inputs.floats("gradient", "weight");

    @Override
    public Inputs inputs() {
      return INPUTS;
    }

    @Override
    public Shape shape(Shape... inputs) {
      Inputs.requireGradient(name(), conv.shape(input, inputs[1]), inputs[0]);
      return input;
    }

    @Override
    public long flops(Shape shape, Shape... inputs) {
      return conv.flops(inputs[0], shape, inputs[1]);
    }

    @Override
    public Tensor forward(Node node, Shape shape, Tensor... inputs) {
      Tensor dy = inputs[0].lanes();
      Tensor w = inputs[1].contiguous();
      Tensor dx = Tensor.make(shape, DType.FLOAT32, Layout.BATCH_LANES, name());
      Conv2dKernel.backwardInput(dy, w, dx, conv.dims(shape, w.shape()));
      inputs[0].release(dy);
      inputs[1].release(w);
      node.save(inputs[0], inputs[1]);
      return dx;
    }

    @Override
    public @Nullable Tensor[] backward(Node node, Tensor g) {
      Tensor dy = node.saved(0);
      Tensor w = node.saved(1);
      return new @Nullable Tensor[] {
        node.needs(0) ? Tensor.apply(conv, g, w) : null,
        node.needs(1) ? Tensor.apply(new WeightGradient(conv, w.shape()), g, dy) : null
      };
    }
  }

  /**
   * dw from x and dy: dw[k,c,r,s] = Σ_{n,i,j} x[n, c, i*stride - padding + r*dilation, ...]
   * dy[n,k,i,j].
   */
  public record WeightGradient(Conv2d conv, Shape weight) implements Op {
    private static final Inputs INPUTS = Inputs.floats("input", "gradient");

    @Override
    public Inputs inputs() {
      return INPUTS;
    }

    @Override
    public Shape shape(Shape... inputs) {
      Inputs.requireGradient(name(), conv.shape(inputs[0], weight), inputs[1]);
      return weight;
    }

    @Override
    public long flops(Shape shape, Shape... inputs) {
      return conv.flops(inputs[1], inputs[0], shape);
    }

    @Override
    public Tensor forward(Node node, Shape shape, Tensor... inputs) {
      Tensor x = inputs[0].lanes();
      Tensor dy = inputs[1].lanes();
      Tensor dw = Tensor.make(shape, DType.FLOAT32, Layout.PLAIN, name());
      Conv2dKernel.backwardWeight(x, dy, dw, conv.dims(x.shape(), shape));
      inputs[0].release(x);
      inputs[1].release(dy);
      node.save(inputs[0], inputs[1]);
      return dw;
    }

    @Override
    public @Nullable Tensor[] backward(Node node, Tensor g) {
      Tensor x = node.saved(0);
      Tensor dy = node.saved(1);
      return new @Nullable Tensor[] {
        node.needs(0) ? Tensor.apply(new InputGradient(conv, x.shape()), dy, g) : null,
        node.needs(1) ? Tensor.apply(conv, x, g) : null
      };
    }
  }
}
