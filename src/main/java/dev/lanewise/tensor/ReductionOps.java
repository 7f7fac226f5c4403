package dev.lanewise.tensor;

import dev.lanewise.op.Axes;
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
    return max(false, dims);
  }

  /** Maximum over the given dimensions, which stay as 1. */
  public Tensor maxKeep(int... dims) {
    return max(true, dims);
  }

  private Tensor max(boolean keepdim, int... dims) {
    Shape shape = self().shape();
    Axes axes = Axes.of("max", shape, dims);
    Tensor y = Tensor.apply(new Max(), rows(axes));
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
    int columns = Math.toIntExact(axes.count(shape));
    long rows = columns == 0 ? 0 : shape.size() / columns;
    return self().permute(order).reshape(Math.toIntExact(rows), columns);
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
