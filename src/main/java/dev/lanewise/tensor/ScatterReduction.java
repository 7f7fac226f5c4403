package dev.lanewise.tensor;

import java.util.Arrays;

/**
 * Elements of a source that fall on places of a tensor, and what becomes of those that share a
 * place.
 */
final class ScatterReduction {
  private final int axis;
  private final Tensor index;
  private final Tensor source;
  private final Shape shape;

  private ScatterReduction(Shape shape, int axis, Tensor index, Tensor source) {
    this.shape = shape;
    this.axis = axis;
    this.index = index;
    this.source = source;
  }

  static Tensor of(
      Tensor x, int axis, Tensor index, Tensor source, ScatterMode mode, boolean includeSelf) {
    ScatterReduction scatter = new ScatterReduction(x.shape(), axis, index, source);
    Tensor touched = scatter.sums(Tensor.ones(index.shape().toArray()));
    // What is in a place to begin with, where it counts.
    Tensor own = includeSelf ? Tensor.ones(x.shape().toArray()) : Logic.floats(touched.eq(0));
    return switch (mode) {
      case SUM -> x.mul(own).add(scatter.sums(source));
      case MEAN -> x.mul(own).add(scatter.sums(source)).div(own.add(touched));
      case PROD -> scatter.product(Tensor.where(own.ne(0), x, Tensor.scalar(1)));
      case AMAX -> scatter.largest(x, own);
      case AMIN ->
          new ScatterReduction(x.shape(), axis, index, source.neg()).largest(x.neg(), own).neg();
    };
  }

  private Tensor sums(Tensor values) {
    return Tensor.zeros(shape.toArray()).scatterAdd(axis, index, values);
  }

  /** In rounds, in each of which at most one element falls on a place. */
  private Tensor product(Tensor start) {
    Tensor y = start;
    Tensor rounds = rounds();
    int count = rounds.size() == 0 ? 0 : (int) rounds.max().item() + 1;
    for (int round = 0; round < count; round++) {
      Tensor now = rounds.eq(round);
      Tensor factor = sums(Tensor.where(now, source, Tensor.scalar(0)));
      y = y.mul(Tensor.where(sums(Logic.floats(now)).eq(0), Tensor.scalar(1), factor));
    }
    return y;
  }

  /** The mean of all that equal the largest, so that they share the gradient. */
  private Tensor largest(Tensor x, Tensor own) {
    Tensor infinite = Tensor.scalar(Float.NEGATIVE_INFINITY);
    Tensor most =
        Tape.noGrad(() -> {
          Tensor y = Tensor.where(own.ne(0), x, infinite);
          Tensor rounds = rounds();
          int count = rounds.size() == 0 ? 0 : (int) rounds.max().item() + 1;
          for (int round = 0; round < count; round++) {
            Tensor now = rounds.eq(round);
            Tensor value = sums(Tensor.where(now, source, Tensor.scalar(0)));
            y = y.maximum(Tensor.where(sums(Logic.floats(now)).eq(0), infinite, value));
          }
          return y;
        });
    Tensor mine = x.eq(most).logicalAnd(own);
    Tensor theirs = source.eq(most.gather(axis, index));
    Tensor count = Logic.floats(mine).add(sums(Logic.floats(theirs)));
    Tensor sum =
        Tensor.where(mine, x, Tensor.scalar(0))
            .add(sums(Tensor.where(theirs, source, Tensor.scalar(0))));
    return sum.div(count);
  }

  /** How many elements before each one fall on its place. */
  private Tensor rounds() {
    long[] places = index.toLongArray();
    int[] dims = index.shape().toArray();
    int inner = 1;
    for (int i = axis + 1; i < dims.length; i++) {
      inner *= dims[i];
    }
    int length = dims.length == 0 ? 1 : dims[axis];
    int extent = dims.length == 0 ? 1 : shape.dim(axis);
    float[] rounds = new float[places.length];
    int[] met = new int[extent];
    for (int line = 0; line < places.length / Math.max(1, length); line++) {
      int start = line / inner * inner * length + line % inner;
      Arrays.fill(met, 0);
      for (int i = 0; i < length; i++) {
        int at = start + i * inner;
        rounds[at] = met[(int) places[at]]++;
      }
    }
    return Tensor.of(rounds, dims);
  }
}
