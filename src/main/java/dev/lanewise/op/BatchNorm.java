package dev.lanewise.op;

import dev.lanewise.kernel.elementwise.HostCopy;
import dev.lanewise.kernel.norm.BatchNormKernel;
import dev.lanewise.kernel.norm.ChannelDims;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.tensor.Checkpointing;
import dev.lanewise.tensor.DType;
import dev.lanewise.tensor.Layout;
import dev.lanewise.tensor.Node;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Batch normalisation (Ioffe and Szegedy, 2015): y = (x - μ) / √(σ² + ε) · weight + bias for each
 * channel of x [N, C] or [N, C, H, W], then plus a residual of the shape of x where there is one,
 * then through the rectifier. The inputs are x, weight [C], bias [C], running mean [C], running
 * variance [C] and perhaps the residual.
 *
 * <p>In training μ and σ² are those of the batch (σ² divided by the count), and the running ones
 * are changed in place: {@code running = (1 - momentum) running + momentum new}, where the new
 * variance is divided by count - 1. Otherwise the running ones are μ and σ². All as in PyTorch.
 */
public record BatchNorm(boolean training, float momentum, float eps, Rectifier rectifier)
    implements Op {
  private static final Inputs INPUTS =
      Inputs.floats("input", "weight", "bias", "running mean", "running variance")
          .optional("residual");

  private static final int WEIGHT = 1;
  private static final int BIAS = 2;
  private static final int MEAN = 3;
  private static final int VARIANCE = 4;
  private static final int RESIDUAL = 5;

  /** Checks the attributes. */
  public BatchNorm {
    Objects.requireNonNull(rectifier, "rectifier");
    if (!(momentum >= 0 && momentum <= 1 && eps >= 0)) {
      throw new IllegalArgumentException(
          "batchNorm: momentum must lie in 0..1 and eps must not be negative, found "
              + momentum
              + " and "
              + eps);
    }
  }

  private boolean rectified() {
    return rectifier != Rectifier.NONE;
  }

  @Override
  public Inputs inputs() {
    return INPUTS;
  }

  @Override
  public Shape shape(Shape... inputs) {
    Shape x = inputs[0];
    if ((x.rank() != 2 && x.rank() != 4) || x.size() == 0) {
      throw new IllegalArgumentException(
          "batchNorm: input must be [N, C] or [N, C, H, W] and not empty, found " + x);
    }
    String[] names = {"weight", "bias", "running mean", "running variance"};
    for (int i = WEIGHT; i <= VARIANCE; i++) {
      if (!inputs[i].equals(Shape.of(x.dim(1)))) {
        throw new IllegalArgumentException(
            "batchNorm: input has "
                + x.dim(1)
                + " channels, so "
                + names[i - 1]
                + " must have shape ["
                + x.dim(1)
                + "], found "
                + inputs[i]
                + " (input "
                + x
                + ")");
      }
    }
    if (inputs.length > RESIDUAL && !inputs[RESIDUAL].equals(x)) {
      throw new IllegalArgumentException(
          "batchNorm: the residual must have the shape of the input "
              + x
              + ", found "
              + inputs[RESIDUAL]);
    }
    if (training && x.size() == x.dim(1)) {
      throw new IllegalArgumentException(
          "batchNorm: training needs more than one value a channel, found input " + x);
    }
    return x;
  }

  /** Sums of x and of squares, and a multiply-add. */
  @Override
  public long flops(Shape shape, Shape... inputs) {
    return shape.size() * (training ? 5 : 2);
  }

  /** Two sums, and two multiply-adds. */
  @Override
  public long backwardFlops(Shape shape, Shape... inputs) {
    return shape.size() * 8;
  }

  /** Rows whose channels fill vectors stay plain; everything else goes into batch lanes. */
  private static boolean plain(Shape x) {
    return x.rank() == 2 && x.dim(1) % Lanes.L == 0;
  }

  /** Images that lie as [N][H][W][C], evaluated: their pixels are rows. */
  private static ChannelDims pixelRows(Shape x) {
    return ChannelDims.rows(
        Math.multiplyExact(x.dim(0), Math.multiplyExact(x.dim(2), x.dim(3))), x.dim(1));
  }

  private static ChannelDims dims(Shape x) {
    int pixels = x.rank() == 2 ? 1 : Math.multiplyExact(x.dim(2), x.dim(3));
    return plain(x)
        ? ChannelDims.rows(x.dim(0), x.dim(1))
        : ChannelDims.images(x.dim(0), x.dim(1), pixels);
  }

  /** The elements in the order that the kernel wants; close it if it is another tensor. */
  private static Tensor arranged(Tensor x) {
    if (plain(x.shape())) {
      return x.contiguous();
    }
    if (x.shape().rank() == 4) {
      return x.lanes();
    }
    Tensor plain = x.contiguous();
    Tensor image = plain.view(image(x.shape()), null, plain.offset());
    Tensor lanes = image.lanes();
    image.close();
    x.release(plain);
    return lanes;
  }

  private static Shape image(Shape x) {
    return x.rank() == 4 ? x : Shape.of(x.dim(0), x.dim(1), 1, 1);
  }

  /** A tensor for a result of this shape in the kernel's order. */
  private Tensor make(Shape x) {
    return plain(x)
        ? Tensor.make(x, DType.FLOAT32, Layout.PLAIN, name())
        : Tensor.make(image(x), DType.FLOAT32, Layout.BATCH_LANES, name());
  }

  /** Turns what {@link #make} gave into a result, with zeros in the padding lanes. */
  private static Tensor finished(Tensor y, Shape shape) {
    Elementwises.clearPadding(y);
    if (y.shape().equals(shape)) {
      return y;
    }
    Tensor plain = y.contiguous();
    Tensor result = plain.view(shape, null, plain.offset());
    plain.close();
    y.close();
    return result;
  }

  @Override
  public Tensor forward(Node node, Shape shape, Tensor... inputs) {
    boolean byPixel = !training && Elementwises.keepsChannelsLast(node, inputs[0]);
    ChannelDims dims = byPixel ? pixelRows(shape) : dims(shape);
    int channels = shape.dim(1);
    Tensor x = byPixel ? inputs[0] : arranged(inputs[0]);
    Tensor weight = inputs[WEIGHT].contiguous();
    Tensor bias = inputs[BIAS].contiguous();
    Tensor residual =
        inputs.length <= RESIDUAL
            ? null
            : byPixel ? inputs[RESIDUAL].byPixel() : arranged(inputs[RESIDUAL]);
    Tensor mean = Tensor.make(Shape.of(channels), DType.FLOAT32, Layout.PLAIN, name());
    Tensor inverse = Tensor.make(Shape.of(channels), DType.FLOAT32, Layout.PLAIN, name());
    if (training) {
      for (int i = MEAN; i <= VARIANCE; i++) {
        if (!inputs[i].isContiguous() || inputs[i].requiresGrad()) {
          throw new IllegalArgumentException(
              "batchNorm: running mean and variance must be contiguous and without gradient");
        }
      }
      // A batch counts once, also where it is computed once more for backward.
      boolean counts = !Checkpointing.replaying();
      Tensor runningMean = counts ? inputs[MEAN] : Tensor.zeros(channels);
      Tensor runningVariance = counts ? inputs[VARIANCE] : Tensor.zeros(channels);
      runningMean.changed();
      runningVariance.changed();
      BatchNormKernel.statistics(
          x, mean, inverse, runningMean, runningVariance, momentum, eps, dims);
      inputs[MEAN].release(runningMean);
      inputs[VARIANCE].release(runningVariance);
    } else {
      Tensor runningMean = inputs[MEAN].contiguous();
      Tensor runningVariance = inputs[VARIANCE].contiguous();
      HostCopy.copy(runningMean, mean, channels * 4L);
      BatchNormKernel.inverse(runningVariance, inverse, eps, channels);
      inputs[MEAN].release(runningMean);
      inputs[VARIANCE].release(runningVariance);
    }
    Tensor y = byPixel ? Tensor.makeChannelsLast(shape, name()) : make(shape);
    int bytes = rectified() ? Math.toIntExact(BatchNormKernel.signBytes(dims)) : 0;
    Tensor signs = Tensor.make(Shape.of(bytes), DType.UINT8, Layout.PLAIN, name());
    BatchNormKernel.normalise(
        x,
        weight,
        bias,
        mean,
        inverse,
        residual,
        rectified() ? signs : null,
        rectifier.most(),
        y,
        dims);
    inputs[0].release(x);
    inputs[WEIGHT].release(weight);
    inputs[BIAS].release(bias);
    if (residual != null) {
      inputs[RESIDUAL].release(residual);
    }
    Tensor result = byPixel ? y : finished(y, shape);
    // The output serves the composed backward only, and unless it is rectified nobody reads its
    // place.
    node.saveOwned(
        3, inputs[0], inputs[WEIGHT], rectified() ? result : inputs[0], mean, inverse, signs);
    return result;
  }

  @Override
  public @Nullable Tensor[] backward(Node node, Tensor dy) {
    for (int i = MEAN; i <= VARIANCE; i++) {
      if (node.needs(i)) {
        throw new IllegalStateException(
            "batchNorm: running mean and variance have no gradient; freeze them");
      }
    }
    return node.createGraph() ? composed(node, dy) : fused(node, dy);
  }

  private @Nullable Tensor[] fused(Node node, Tensor dy) {
    Shape shape = dy.shape();
    Tensor g = arranged(dy);
    Tensor x = arranged(node.saved(0));
    boolean residual = node.inputs() > RESIDUAL && node.needs(RESIDUAL);
    // Unless rectified the gradient of the residual is dy itself.
    Tensor dx = residual && !rectified() ? null : node.inPlaceOf(g);
    if (dx == null) {
      dx = make(shape);
    }
    Tensor dweight = Tensor.make(Shape.of(shape.dim(1)), DType.FLOAT32, Layout.PLAIN, name());
    Tensor dbias = Tensor.make(Shape.of(shape.dim(1)), DType.FLOAT32, Layout.PLAIN, name());
    Tensor masked = residual && rectified() ? make(shape) : null;
    BatchNormKernel.gradient(
        g,
        x,
        rectified() ? node.saved(5) : null,
        node.saved(WEIGHT).contiguous(),
        node.saved(3),
        node.saved(4),
        training,
        dx,
        dweight,
        dbias,
        masked,
        dims(shape));
    @Nullable Tensor[] gradients = new @Nullable Tensor[node.inputs()];
    gradients[0] = finished(dx, shape);
    gradients[WEIGHT] = dweight;
    gradients[BIAS] = dbias;
    if (residual) {
      gradients[RESIDUAL] = masked == null ? dy : finished(masked, shape);
    }
    return gradients;
  }

  /** The same in differentiable operations, the statistics of the batch written out. */
  private @Nullable Tensor[] composed(Node node, Tensor dy) {
    Tensor x = node.saved(0);
    int rank = x.shape().rank();
    int[] over = rank == 2 ? new int[] {0} : new int[] {0, 2, 3};
    int[] channel = rank == 2 ? new int[] {1, -1} : new int[] {1, -1, 1, 1};
    Tensor weight = node.saved(WEIGHT).reshape(channel);
    Tensor g = rectified() ? dy.mul(Tensor.apply(rectifier.slope(), node.saved(2).detach())) : dy;
    Tensor centred;
    Tensor inverse;
    if (training) {
      centred = x.sub(x.meanKeep(over));
      inverse = centred.mul(centred).meanKeep(over).add(eps).pow(-0.5f);
    } else {
      centred = x.sub(node.saved(3).reshape(channel));
      inverse = node.saved(4).reshape(channel);
    }
    Tensor normal = centred.mul(inverse);
    Tensor product = g.mul(normal);
    @Nullable Tensor[] gradients = new @Nullable Tensor[node.inputs()];
    gradients[WEIGHT] = product.sum(over);
    gradients[BIAS] = g.sum(over);
    Tensor inner = training ? g.sub(g.meanKeep(over)).sub(normal.mul(product.meanKeep(over))) : g;
    gradients[0] = inner.mul(weight.mul(inverse));
    if (node.inputs() > RESIDUAL) {
      gradients[RESIDUAL] = g;
    }
    return gradients;
  }
}
