package dev.lanewise.tensor;

import dev.lanewise.op.Axes;
import dev.lanewise.op.Cumsum;
import dev.lanewise.op.Max;
import dev.lanewise.op.Sum;
import java.util.stream.IntStream;

/** Operations on a {@link Tensor}, reductions and scans over dimensions. */
public abstract sealed class ReductionOps extends ActivationOps permits ProductOps {
  ReductionOps() {}

  /** Sum over the given dimensions, which are dropped; all when none is given. */
  public Tensor sum(int... dims) {
    return sum(false, dims);
  }

  /** Sum over the given dimensions, which stay as 1. */
  public Tensor sumKeep(int... dims) {
    return sum(true, dims);
  }

  private Tensor sum(boolean keepdim, int... dims) {
    Axes axes = Axes.of("sum", self().shape(), dims);
    return Tensor.apply(new Sum(axes, keepdim, false), self());
  }

  /** Mean over the given dimensions, which are dropped; all when none is given. */
  public Tensor mean(int... dims) {
    Axes axes = Axes.of("mean", self().shape(), dims);
    return Tensor.apply(new Sum(axes, false, true), self());
  }

  /** Mean over the given dimensions, which stay as 1. */
  public Tensor meanKeep(int... dims) {
    Axes axes = Axes.of("mean", self().shape(), dims);
    return Tensor.apply(new Sum(axes, true, true), self());
  }

  /** Maximum over the given dimensions, which are dropped; all when none is given. */
  public Tensor max(int... dims) {
    return extreme(false, false, dims);
  }

  /** Maximum over the given dimensions, which stay as 1. */
  public Tensor maxKeep(int... dims) {
    return extreme(false, true, dims);
  }

  /** As {@link #maxKeep}, but equals share the gradient evenly. */
  public Tensor amaxKeep(int... dims) {
    return evenly(Tape.noGrad(() -> maxKeep(dims)), dims);
  }

  /** As {@link #minKeep}, but equals share the gradient evenly. */
  public Tensor aminKeep(int... dims) {
    return evenly(Tape.noGrad(() -> minKeep(dims)), dims);
  }

  /** The mean of all that equal the extreme; NaN, which equals nothing, where that is NaN. */
  private Tensor evenly(Tensor extreme, int... dims) {
    Tensor equal = self().eq(extreme);
    Tensor sum = Tensor.where(equal, self(), Tensor.scalar(0)).sumKeep(dims);
    return sum.div(Logic.floats(equal).sumKeep(dims));
  }

  private Tensor extreme(boolean least, boolean keepdim, int... dims) {
    Shape shape = self().shape();
    Axes axes = Axes.of(least ? "min" : "max", shape, dims);
    Tensor y = Tensor.apply(new Max(least), rows(axes));
    return y.reshape(axes.reduce(shape, keepdim).toArray());
  }

  /** The elements as a matrix whose rows run over the given dimensions. */
  private Tensor rows(Axes axes) {
    Shape shape = self().shape();
    int rank = shape.rank();
    int[] order =
        IntStream.concat(
                IntStream.range(0, rank).filter(i -> !axes.contains(i)),
                IntStream.range(0, rank).filter(axes::contains))
            .toArray();
    long columns = axes.count(shape);
    long rows = columns == 0 ? 0 : shape.size() / columns;
    if (Math.max(rows, columns) > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "max, min: shape "
              + shape
              + " is a matrix of "
              + rows
              + " rows and "
              + columns
              + " columns, more than 2^31 - 1");
    }
    return self().permute(order).reshape((int) rows, (int) columns);
  }

  /** Minimum over the given dimensions, which are dropped; all when none is given. */
  public Tensor min(int... dims) {
    return extreme(true, false, dims);
  }

  /** Minimum over the given dimensions, which stay as 1. */
  public Tensor minKeep(int... dims) {
    return extreme(true, true, dims);
  }

  /** Index of the minimum along a dimension, as INT64; not differentiable. */
  public Tensor argmin(int dim) {
    return Reductions.argmin(self().detach(), dim);
  }

  /**
   * Product over the given dimensions, which are dropped; all when none is given. Zeros have their
   * right gradients.
   */
  public Tensor prod(int... dims) {
    return Reductions.prod(self(), false, dims);
  }

  /** Product over the given dimensions, which stay as 1. */
  public Tensor prodKeep(int... dims) {
    return Reductions.prod(self(), true, dims);
  }

  /** Variance over the given dimensions (all when none is given), with n - 1 as divisor. */
  public Tensor var(int... dims) {
    return Reductions.var(self(), 1, false, dims);
  }

  /**
   * Variance over the given dimensions (all when none is given).
   *
   * @param correction what is taken from n in the divisor: 1 for the unbiased estimate
   * @param keepdim whether the dimensions stay as 1
   */
  public Tensor var(int correction, boolean keepdim, int... dims) {
    return Reductions.var(self(), correction, keepdim, dims);
  }

  /** Standard deviation over the given dimensions (all when none is given), with n - 1. */
  public Tensor std(int... dims) {
    return std(1, false, dims);
  }

  /** Standard deviation; see {@link #var(int, boolean, int...)}. */
  public Tensor std(int correction, boolean keepdim, int... dims) {
    return var(correction, keepdim, dims).sqrt();
  }

  /** √Σ x² over the given dimensions (all when none is given); derivative 0 at 0. */
  public Tensor norm(int... dims) {
    return norm(2, false, dims);
  }

  /**
   * (Σ |x|^p)^(1/p) over the given dimensions (all when none is given).
   *
   * @param p 0 counts what is not 0; infinity gives the largest, -infinity the least size
   */
  public Tensor norm(float p, boolean keepdim, int... dims) {
    return Reductions.norm(self(), p, keepdim, dims);
  }

  /** ln Σ e^x over the given dimensions, which are dropped; all when none is given. */
  public Tensor logsumexp(int... dims) {
    return Reductions.logsumexp(self(), false, dims);
  }

  /** ln Σ e^x over the given dimensions, which stay as 1. */
  public Tensor logsumexpKeep(int... dims) {
    return Reductions.logsumexp(self(), true, dims);
  }

  /** Running sum along a dimension. */
  public Tensor cumsum(int dim) {
    return Tensor.apply(new Cumsum(self().shape().axis("cumsum", dim), false), self());
  }

  /** ln of the running sum of e^x along a dimension. */
  public Tensor logcumsumexp(int dim) {
    return Reductions.logcumsumexp(self(), dim);
  }

  /** Sum of what is not NaN over the given dimensions; all when none is given. */
  public Tensor nansum(int... dims) {
    return self().maskedFill(self().isnan(), 0).sum(dims);
  }

  /** Mean of what is not NaN over the given dimensions; all when none is given. */
  public Tensor nanmean(int... dims) {
    return nansum(dims).div(Logic.floats(self().isnan().logicalNot()).sum(dims));
  }

  /** Differences of neighbours along a dimension, which is shorter by one. */
  public Tensor diff(int dim) {
    int n = self().shape().dim(self().shape().axis("diff", dim));
    return self().slice(dim, Math.min(1, n), n).sub(self().slice(dim, 0, Math.max(0, n - 1)));
  }

  /** Integral along a dimension by the rule of trapezia, for samples one apart. */
  public Tensor trapezoid(int dim) {
    int n = self().shape().dim(self().shape().axis("trapezoid", dim));
    return self()
        .slice(dim, Math.min(1, n), n)
        .add(self().slice(dim, 0, Math.max(0, n - 1)))
        .mul(0.5f)
        .sum(dim);
  }

  /**
   * Covariance of the rows of this [variables, observations], [variables, variables].
   *
   * @param correction what is taken from the number of observations: 1 for the unbiased estimate
   */
  public Tensor cov(int correction) {
    return Reductions.cov(self(), correction);
  }

  /** Correlation of the rows of this [variables, observations], [variables, variables]. */
  public Tensor corrcoef() {
    Tensor covariance = cov(1);
    Tensor deviation = covariance.diagonal(0, 0, 1).sqrt();
    return covariance.div(deviation.unsqueeze(1)).div(deviation).clamp(-1, 1);
  }

  /** Running product along a dimension. */
  public Tensor cumprod(int dim) {
    return Reductions.cumprod(self(), dim);
  }

  /** Whether any element is true (not 0) over the given dimensions, as BOOL. */
  public Tensor any(int... dims) {
    return Logic.floats(Logic.truth(self())).max(dims).ne(0);
  }

  /** Whether all elements are true (not 0) over the given dimensions, as BOOL. */
  public Tensor all(int... dims) {
    return Logic.floats(Logic.truth(self())).min(dims).ne(0);
  }

  /** How many elements are not 0 over the given dimensions, as FLOAT32. */
  public Tensor countNonzero(int... dims) {
    return Logic.floats(Logic.truth(self())).sum(dims);
  }

  /** Index of the maximum along a dimension, as INT64; not differentiable. */
  public Tensor argmax(int dim) {
    return Reductions.argmax(self().detach(), dim);
  }

  /**
   * Sums over dimensions so that the shape becomes {@code target}, which broadcasts to this one.
   */
  public Tensor sumTo(Shape target) {
    Shape shape = self().shape();
    if (shape.equals(target)) {
      return self();
    }
    int shift = shape.rank() - target.rank();
    int[] dims =
        IntStream.range(0, shape.rank())
            .filter(i -> i < shift || target.dim(i - shift) != shape.dim(i))
            .toArray();
    Tensor y = dims.length == 0 ? self() : sumKeep(dims);
    return y.reshape(target.toArray());
  }
}
