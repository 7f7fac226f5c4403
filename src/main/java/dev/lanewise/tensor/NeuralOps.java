package dev.lanewise.tensor;

import dev.lanewise.op.BatchNorm;
import dev.lanewise.op.Conv2d;
import dev.lanewise.op.Dropout;
import dev.lanewise.op.NormalizeRows;
import dev.lanewise.op.Rectifier;
import dev.lanewise.op.Recurrence;
import dev.lanewise.op.ScaledDotProductAttention;
import dev.lanewise.op.SelfAttention;
import dev.lanewise.op.Window;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Operations on a {@link Tensor}, what networks are made of: convolution, dropout, normalisation,
 * attention.
 */
public abstract sealed class NeuralOps extends PoolingOps permits LossOps {
  NeuralOps() {}

  /**
   * Convolution of this [N, C, H, W] or [C, H, W] with weight [K, C/groups, R, S], plus bias [K]
   * (or null).
   */
  public Tensor conv2d(Tensor weight, @Nullable Tensor bias, Conv2d options) {
    return bias == null ? image(options, weight) : image(options, weight, bias);
  }

  /** Transposed convolution without output padding. */
  public Tensor convTranspose2d(Tensor weight, @Nullable Tensor bias, Conv2d options) {
    return convTranspose2d(weight, bias, options, 0, 0);
  }

  /**
   * Transposed convolution of this [N, K, H, W] with weight [K, C/groups, R, S], plus bias [C] (or
   * null): [N, C, (H-1)*stride - 2*padding + dilation*(R-1) + outputPaddingH + 1, ...]. It is the
   * gradient of {@link #conv2d} with the same options, as an operation of its own.
   */
  public Tensor convTranspose2d(
      Tensor weight,
      @Nullable Tensor bias,
      Conv2d options,
      int outputPaddingH,
      int outputPaddingW) {
    if (self().shape().rank() == 3) {
      return self()
          .unsqueeze(0)
          .convTranspose2d(weight, bias, options, outputPaddingH, outputPaddingW)
          .squeeze(0);
    }
    int rows = outputPaddingH / options.strideH();
    int columns = outputPaddingW / options.strideW();
    if (rows + columns > 0) {
      // More than a stride of padding, which dilation allows: as if zeros followed the input.
      return self()
          .pad(PadMode.CONSTANT, 0, 0, columns, 0, rows)
          .convTranspose2d(
              weight,
              bias,
              options,
              outputPaddingH - rows * options.strideH(),
              outputPaddingW - columns * options.strideW());
    }
    var transposed =
        options.transposed(self().shape(), weight.shape(), outputPaddingH, outputPaddingW);
    Tensor y = Tensor.apply(transposed, self(), weight);
    if (bias == null) {
      return y;
    }
    int channels = y.shape().dim(1);
    if (!bias.shape().equals(Shape.of(channels))) {
      throw new IllegalArgumentException(
          "convTranspose2d: bias must have shape [" + channels + "], found " + bias.shape());
    }
    return y.add(bias.reshape(1, channels, 1, 1));
  }

  /**
   * Convolution of this [N, C, length] or [C, length] with weight [K, C/groups, S], plus bias [K]
   * (or null): that of images of one row.
   *
   * @param options see {@link Conv2d#row}
   */
  public Tensor conv1d(Tensor weight, @Nullable Tensor bias, Conv2d options) {
    return sequences("conv1d", weight, options, (x, w) -> x.conv2d(w, bias, options));
  }

  /**
   * Transposed convolution of this [N, K, length] or [K, length] with weight [K, C/groups, S], plus
   * bias [C] (or null).
   *
   * @param options see {@link Conv2d#row}
   */
  public Tensor convTranspose1d(
      Tensor weight, @Nullable Tensor bias, Conv2d options, int outputPadding) {
    return sequences(
        "convTranspose1d",
        weight,
        options,
        (x, w) -> x.convTranspose2d(w, bias, options, 0, outputPadding));
  }

  /**
   * A convolution of volumes: [N, C, D, H, W] with weight [K, C/groups, T, R, S] gives [N, K, OD,
   * OH, OW]; the other arguments are for depth, height and width.
   *
   * @throws IllegalArgumentException when the shapes do not fit each other
   */
  public Tensor conv3d(
      Tensor weight,
      @Nullable Tensor bias,
      int[] stride,
      int[] padding,
      int[] dilation,
      int groups) {
    return Volumes.conv3d(self(), weight, bias, stride, padding, dilation, groups);
  }

  /** A convolution of sequences as one of images of one row. */
  private Tensor sequences(
      String who, Tensor weight, Conv2d options, BinaryOperator<Tensor> convolution) {
    if (options.strideH() != 1 || options.paddingH() != 0 || options.dilationH() != 1) {
      // What would apply to the one row has no meaning here; all of it must be that of columns.
      throw new IllegalArgumentException(
          who + ": the options must be those of a row (Conv2d.row), found " + options);
    }
    Shape w = weight.shape();
    if (w.rank() != 3) {
      throw new IllegalArgumentException(
          who + ": weight must have three dimensions, channels, channels and taps, found " + w);
    }
    Tensor taps = weight.reshape(w.dim(0), w.dim(1), 1, w.dim(2));
    return oneRow(who, Window.row(1, 1), x -> convolution.apply(x, taps));
  }

  /**
   * Each element is 0 with probability {@code p}, else divided by 1 - p.
   *
   * @param random gives a stream of its own to each call
   */
  public Tensor dropout(float p, Generator random) {
    return Tensor.apply(new Dropout(p, random.seed(), random.nextStream()), self());
  }

  /** As {@link #dropout} for whole channels of this [N, C, ...]. */
  public Tensor channelDropout(float p, Generator random) {
    Shape shape = self().shape();
    if (shape.rank() < 2) {
      throw new IllegalArgumentException(
          "channelDropout: input must have a batch and channels, found shape " + shape);
    }
    int[] dims = new int[shape.rank()];
    Arrays.fill(dims, 1);
    dims[0] = shape.dim(0);
    dims[1] = shape.dim(1);
    return self().mul(Tensor.ones(dims).dropout(p, random));
  }

  /**
   * Batch normalisation of this [N, C], [N, C, length] or [N, C, H, W], as {@code
   * torch.nn.functional.batch_norm}.
   *
   * @param runningMean [C], changed in training; null for none, only in training
   * @param runningVar [C], as the mean
   * @param weight [C], or null for ones
   * @param bias [C], or null for zeros
   * @param training whether the batch's own statistics count
   * @param momentum the share of the batch in the new running statistics
   * @param eps added to the variance
   */
  public Tensor batchNorm(
      @Nullable Tensor runningMean,
      @Nullable Tensor runningVar,
      @Nullable Tensor weight,
      @Nullable Tensor bias,
      boolean training,
      float momentum,
      float eps) {
    BatchNorm options = new BatchNorm(training, momentum, eps, Rectifier.NONE);
    return Normalizations.batchNorm(self(), options, runningMean, runningVar, weight, bias, null);
  }

  /**
   * Batch normalisation with what is fused into it: {@code residual} (or null) is added to the
   * result, then rectified as {@code options} say. See {@link BatchNorm}.
   */
  public Tensor batchNorm(
      BatchNorm options,
      @Nullable Tensor runningMean,
      @Nullable Tensor runningVar,
      @Nullable Tensor weight,
      @Nullable Tensor bias,
      @Nullable Tensor residual) {
    return Normalizations.batchNorm(
        self(), options, runningMean, runningVar, weight, bias, residual);
  }

  /**
   * Layer normalisation over the last dimensions.
   *
   * @param normalizedShape those dimensions
   * @param weight of that shape, or null for ones
   * @param bias of that shape, or null for zeros
   * @param eps added to the variance
   */
  public Tensor layerNorm(
      int[] normalizedShape, @Nullable Tensor weight, @Nullable Tensor bias, float eps) {
    NormalizeRows op = new NormalizeRows(true, eps);
    return Normalizations.overLast("layerNorm", self(), normalizedShape, op, weight, bias);
  }

  /** As {@link #layerNorm}, without the mean and without a bias. */
  public Tensor rmsNorm(int[] normalizedShape, @Nullable Tensor weight, float eps) {
    NormalizeRows op = new NormalizeRows(false, eps);
    return Normalizations.overLast("rmsNorm", self(), normalizedShape, op, weight, null);
  }

  /**
   * Normalisation of each of the groups of channels of each sample of this [N, C, ...].
   *
   * @param weight [C], or null for ones
   * @param bias [C], or null for zeros
   * @param eps added to the variance
   */
  public Tensor groupNorm(int groups, @Nullable Tensor weight, @Nullable Tensor bias, float eps) {
    return Normalizations.groups("groupNorm", self(), groups, weight, bias, eps);
  }

  /** Normalisation of each channel of each sample of this [N, C, ...]; see {@link #groupNorm}. */
  public Tensor instanceNorm(@Nullable Tensor weight, @Nullable Tensor bias, float eps) {
    int channels = self().shape().rank() < 2 ? 1 : Math.max(1, self().shape().dim(1));
    return Normalizations.groups("instanceNorm", self(), channels, weight, bias, eps);
  }

  /**
   * Local response normalisation of this [N, C, ...] (Krizhevsky, Sutskever and Hinton, 2012): x /
   * (k + alpha mean(x² of {@code size} neighbour channels))^beta, as in PyTorch.
   */
  public Tensor localResponseNorm(int size, float alpha, float beta, float k) {
    return Normalizations.localResponse(self(), size, alpha, beta, k);
  }

  /** Attention of this query to keys and values, scaled by 1/√E; see the other form. */
  public Tensor scaledDotProductAttention(Tensor key, Tensor value) {
    return scaledDotProductAttention(key, value, null, false);
  }

  /** Attention scaled by 1/√E; see the other form. */
  public Tensor scaledDotProductAttention(
      Tensor key, Tensor value, @Nullable Tensor mask, boolean causal) {
    return scaledDotProductAttention(key, value, mask, causal, scale(), null);
  }

  private float scale() {
    return (float) (1 / Math.sqrt(self().shape().dim(-1)));
  }

  /**
   * softmax(scale this keyᵀ + mask) value, with this query [.., T, E], key [.., S, E] and value
   * [.., S, V]; leading dimensions broadcast. A query that sees no key gets 0.
   *
   * @param mask broadcasts to [.., T, S]: numbers that are added, or truth values, false to hide a
   *     key; or null
   * @param causal whether query i sees the keys 0 to i only
   * @param dropout applied to the probabilities, which then lie in memory as a whole; or null
   * @return [.., T, V]
   */
  public Tensor scaledDotProductAttention(
      Tensor key,
      Tensor value,
      @Nullable Tensor mask,
      boolean causal,
      float scale,
      @Nullable UnaryOperator<Tensor> dropout) {
    Tensor numbers = mask == null || mask.dtype() == DType.FLOAT32 ? mask : hiding(mask);
    if (dropout != null) {
      Tensor p = ScaledDotProductAttention.weights(self(), key, numbers, scale, causal);
      return dropout.apply(p).matmul(value);
    }
    Tensor q = self();
    Tensor k = key;
    Tensor v = value;
    if (q.shape().rank() > 1 && k.shape().rank() > 1 && v.shape().rank() > 1) {
      Shape batch = leading(leading(q.shape(), k.shape()), v.shape());
      q = stretched(q, batch);
      k = stretched(k, batch);
      v = stretched(v, batch);
    }
    ScaledDotProductAttention op = new ScaledDotProductAttention(scale, causal);
    return numbers == null ? Tensor.apply(op, q, k, v) : Tensor.apply(op, q, k, v, numbers);
  }

  /**
   * Attention in several heads of sequences to themselves, scaled by 1/√(E / heads): this [.., T, 3
   * E] has the queries, keys and values of all heads side by side, as one linear layer makes them.
   *
   * @param mask broadcasts to [.., heads, T, T]: numbers that are added to the scores, or truth
   *     values, false to hide a key; or null
   * @param causal whether step i sees the steps 0 to i only
   * @return [.., T, E], the heads side by side
   */
  public Tensor selfAttention(int heads, @Nullable Tensor mask, boolean causal) {
    Tensor numbers = mask == null || mask.dtype() == DType.FLOAT32 ? mask : hiding(mask);
    float scale = (float) (1 / Math.sqrt(self().shape().dim(-1) / (3.0 * heads)));
    SelfAttention op = new SelfAttention(heads, scale, causal);
    return numbers == null ? Tensor.apply(op, self()) : Tensor.apply(op, self(), numbers);
  }

  /**
   * A recurrent layer in one direction over this [T, N, I].
   *
   * @param weightIh what inputs are multiplied with, [gates H, I]
   * @param weightHh what hidden values are multiplied with, [gates H, H]
   * @param start the state before the first step, [N, H]
   * @param biasIh [gates H]; null for none, as then the other one
   * @param biasHh [gates H]; or null
   * @return the hidden values of each step, [T, N, H]; of an LSTM [T + 1, N, H], the cells after
   *     the last step being the last ones
   */
  public Tensor recurrence(
      Recurrence options,
      Tensor weightIh,
      Tensor weightHh,
      Recurrence.State start,
      @Nullable Tensor biasIh,
      @Nullable Tensor biasHh) {
    List<Tensor> inputs = new ArrayList<>();
    Collections.addAll(inputs, self(), weightIh, weightHh, start.hidden());
    for (Tensor more : new @Nullable Tensor[] {start.cell(), biasIh, biasHh}) {
      if (more != null) {
        inputs.add(more);
      }
    }
    return Tensor.apply(options, inputs.toArray(Tensor[]::new));
  }

  /** The probabilities of {@link #scaledDotProductAttention}, [.., T, S]. */
  public Tensor attentionWeights(Tensor key, @Nullable Tensor mask, boolean causal) {
    Tensor numbers = mask == null || mask.dtype() == DType.FLOAT32 ? mask : hiding(mask);
    return ScaledDotProductAttention.weights(self(), key, numbers, scale(), causal);
  }

  /** Truth values as numbers to add: minus infinity for false. */
  private static Tensor hiding(Tensor mask) {
    return mask.to(DType.BOOL).to(DType.FLOAT32).log();
  }

  /** The common leading dimensions of two batches of matrices, beside any last two. */
  private static Shape leading(Shape a, Shape b) {
    int last = a.rank() - 1;
    Shape other = b.with(b.rank() - 1, a.dim(last)).with(b.rank() - 2, a.dim(last - 1));
    return Shape.broadcast("scaledDotProductAttention", a, other);
  }

  private static Tensor stretched(Tensor x, Shape batch) {
    int rank = batch.rank();
    Shape shape = batch.with(rank - 1, x.shape().dim(-1)).with(rank - 2, x.shape().dim(-2));
    return shape.equals(x.shape()) ? x : x.expand(shape.toArray());
  }
}
