package dev.lanewise.nn;

import dev.lanewise.op.Rectifier;
import dev.lanewise.tensor.Checkpointing;
import dev.lanewise.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Batch normalisation: parameters {@code weight} (ones) and {@code bias} (zeros), buffers {@code
 * running_mean}, {@code running_var} and {@code num_batches_tracked}, all named and used as in
 * PyTorch. In training the statistics of the batch normalise, and the running ones follow them; in
 * evaluation the running ones normalise.
 */
public abstract sealed class BatchNorm extends ChannelNorm permits BatchNorm1d, BatchNorm2d {
  private static final float EPS = 1e-5f;
  private static final float MOMENTUM = 0.1f;

  private final @Nullable Float momentum;
  private final @Nullable Tensor runningMean;
  private final @Nullable Tensor runningVar;
  private final @Nullable Tensor batches;
  private Rectifier rectifier = Rectifier.NONE;

  BatchNorm(int channels) {
    this(channels, EPS, MOMENTUM, true, true);
  }

  BatchNorm(
      int channels,
      float eps,
      @Nullable Float momentum,
      boolean affine,
      boolean runningStatistics) {
    super(channels, eps, affine);
    this.momentum = momentum;
    runningMean = runningStatistics ? buffer("running_mean", Tensor.zeros(channels)) : null;
    runningVar = runningStatistics ? buffer("running_var", Tensor.ones(channels)) : null;
    batches =
        runningStatistics ? buffer("num_batches_tracked", Tensor.ofLongs(new long[] {0})) : null;
  }

  final void endWith(Rectifier chosen) {
    rectifier = chosen;
  }

  @Override
  public final Tensor forward(Tensor x) {
    return forward(x, null);
  }

  /** {@link #forward(Tensor, Tensor)}, and then the hooks. */
  public final Tensor call(Tensor x, @Nullable Tensor residual) {
    return call(x, taken -> forward(taken, residual));
  }

  /**
   * The normalised input plus {@code residual} (null for none), and then the ReLU that the layer
   * was made with: one pass over memory instead of three.
   *
   * @throws IllegalArgumentException when a shape does not fit
   */
  public final Tensor forward(Tensor x, @Nullable Tensor residual) {
    check(x);
    float share = momentum == null ? 0 : momentum;
    if (training() && batches != null && !Checkpointing.replaying()) {
      long seen = batches.toLongArray()[0] + 1;
      batches.copyFrom(new long[] {seen});
      share = momentum == null ? 1f / seen : momentum;
    }
    boolean ofBatch = training() || runningMean == null;
    dev.lanewise.op.BatchNorm options =
        new dev.lanewise.op.BatchNorm(ofBatch, share, eps, rectifier);
    return x.batchNorm(options, runningMean, runningVar, weight, bias, residual);
  }

  @Override
  protected String attributes() {
    return super.attributes()
        + (switch (rectifier) {
          case NONE -> "";
          case RELU -> ", with ReLU";
          case RELU6 -> ", with ReLU6";
        });
  }
}
