package dev.lanewise.tensor;

import dev.lanewise.op.Add;
import dev.lanewise.op.AvgPool2d;
import dev.lanewise.op.Axes;
import dev.lanewise.op.Concat;
import dev.lanewise.op.Conv2d;
import dev.lanewise.op.Cos;
import dev.lanewise.op.CrossEntropy;
import dev.lanewise.op.Div;
import dev.lanewise.op.Exp;
import dev.lanewise.op.Expand;
import dev.lanewise.op.Linear;
import dev.lanewise.op.Log;
import dev.lanewise.op.LogSoftmax;
import dev.lanewise.op.MatMul;
import dev.lanewise.op.Max;
import dev.lanewise.op.MaxPool2d;
import dev.lanewise.op.Mul;
import dev.lanewise.op.Neg;
import dev.lanewise.op.Permute;
import dev.lanewise.op.Pow;
import dev.lanewise.op.Relu;
import dev.lanewise.op.Reshape;
import dev.lanewise.op.Sigmoid;
import dev.lanewise.op.Sin;
import dev.lanewise.op.Slice;
import dev.lanewise.op.Softmax;
import dev.lanewise.op.Sqrt;
import dev.lanewise.op.Sub;
import dev.lanewise.op.Sum;
import dev.lanewise.op.Tanh;
import dev.lanewise.op.Window;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The operations on a {@link Tensor}, named as in PyTorch; each line stands for one op of the
 * catalogue, the rest are compositions.
 */
public abstract sealed class TensorOps permits Tensor {
  TensorOps() {}

  abstract Tensor self();

  // ---- elementwise

  /** this + other, broadcast. */
  public Tensor add(Tensor other) {
    return Tensor.apply(new Add(), self(), other);
  }

  /** this - other, broadcast. */
  public Tensor sub(Tensor other) {
    return Tensor.apply(new Sub(), self(), other);
  }

  /** this * other, broadcast. */
  public Tensor mul(Tensor other) {
    return Tensor.apply(new Mul(), self(), other);
  }

  /** this / other, broadcast. */
  public Tensor div(Tensor other) {
    return Tensor.apply(new Div(), self(), other);
  }

  /** this to the power of other, broadcast. */
  public Tensor pow(Tensor other) {
    return Tensor.apply(new Pow(), self(), other);
  }

  /** this + value. */
  public Tensor add(float value) {
    return add(Tensor.scalar(value));
  }

  /** this - value. */
  public Tensor sub(float value) {
    return sub(Tensor.scalar(value));
  }

  /** this * value. */
  public Tensor mul(float value) {
    return mul(Tensor.scalar(value));
  }

  /** this / value. */
  public Tensor div(float value) {
    return div(Tensor.scalar(value));
  }

  /** this to the power of value. */
  public Tensor pow(float value) {
    return pow(Tensor.scalar(value));
  }

  /** -this. */
  public Tensor neg() {
    return Tensor.apply(new Neg(), self());
  }

  /** e to the power of this. */
  public Tensor exp() {
    return Tensor.apply(new Exp(), self());
  }

  /** Natural logarithm. */
  public Tensor log() {
    return Tensor.apply(new Log(), self());
  }

  /** Square root. */
  public Tensor sqrt() {
    return Tensor.apply(new Sqrt(), self());
  }

  /** Sine of radians. */
  public Tensor sin() {
    return Tensor.apply(new Sin(), self());
  }

  /** Cosine of radians. */
  public Tensor cos() {
    return Tensor.apply(new Cos(), self());
  }

  /** 1 / (1 + e^-this). */
  public Tensor sigmoid() {
    return Tensor.apply(new Sigmoid(), self());
  }

  /** Hyperbolic tangent. */
  public Tensor tanh() {
    return Tensor.apply(new Tanh(), self());
  }

  /** max(this, 0). */
  public Tensor relu() {
    return Tensor.apply(new Relu(), self());
  }

  // ---- products

  /**
   * Matrix product, [.., m, k] by [.., k, n]; leading dimensions broadcast, a vector on the left is
   * a row, on the right a column, and its dimension is dropped from the result.
   */
  public Tensor matmul(Tensor other) {
    Tensor a = self();
    Tensor b = other;
    if (a.shape().rank() == 0 || b.shape().rank() == 0) {
      throw new IllegalArgumentException(
          "matmul: both operands need a dimension, found " + a.shape() + " and " + b.shape());
    }
    boolean row = a.shape().rank() == 1;
    boolean column = b.shape().rank() == 1;
    a = row ? a.unsqueeze(0) : a;
    b = column ? b.unsqueeze(1) : b;
    Tensor y;
    if (a.shape().rank() > 2 && b.shape().rank() == 2) {
      // One product instead of a batch of them.
      int[] dims = a.shape().toArray();
      y = Tensor.apply(new MatMul(), a.flatten(0, -2), b);
      dims[dims.length - 1] = b.shape().dim(1);
      y = y.reshape(dims);
    } else {
      y = Tensor.apply(new MatMul(), a, b);
    }
    y = column ? y.squeeze(-1) : y;
    return row ? y.squeeze(column ? -1 : -2) : y;
  }

  /**
   * Fully connected: this [.., in] times weight [out, in] transposed, plus bias [out] (or null).
   *
   * @return [.., out]
   */
  public Tensor linear(Tensor weight, @Nullable Tensor bias) {
    Tensor x = self();
    int[] dims = x.shape().toArray();
    boolean matrix = dims.length == 2 || dims.length == 0;
    Tensor rows = matrix ? x : dims.length == 1 ? x.unsqueeze(0) : x.flatten(0, -2);
    Tensor y =
        bias == null
            ? Tensor.apply(new Linear(), rows, weight)
            : Tensor.apply(new Linear(), rows, weight, bias);
    if (matrix) {
      return y;
    }
    dims[dims.length - 1] = weight.shape().dim(0);
    return y.reshape(dims);
  }

  /** Convolution of this [N, C, H, W] with weight [K, C/groups, R, S], plus bias [K] (or null). */
  public Tensor conv2d(Tensor weight, @Nullable Tensor bias, Conv2d options) {
    return bias == null
        ? Tensor.apply(options, self(), weight)
        : Tensor.apply(options, self(), weight, bias);
  }

  // ---- pooling

  /** Maximum of windows of {@code kernel} by {@code kernel}, side by side. */
  public Tensor maxPool2d(int kernel) {
    return maxPool2d(Window.of(kernel));
  }

  /** Maximum of windows. */
  public Tensor maxPool2d(Window window) {
    return Tensor.apply(new MaxPool2d(window), self());
  }

  /** Mean of windows of {@code kernel} by {@code kernel}, side by side. */
  public Tensor avgPool2d(int kernel) {
    return avgPool2d(Window.of(kernel), true);
  }

  /** Mean of windows; {@code countIncludePad}: zeros of the padding count. */
  public Tensor avgPool2d(Window window, boolean countIncludePad) {
    return Tensor.apply(new AvgPool2d(window, countIncludePad, 0), self());
  }

  // ---- reductions

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

  // ---- shapes

  /** The same elements in row-major order; one dimension may be -1: what is left. */
  public Tensor reshape(int... dims) {
    int[] target = dims.clone();
    long known = 1;
    int unknown = -1;
    for (int i = 0; i < dims.length; i++) {
      if (dims[i] == -1 && unknown < 0) {
        unknown = i;
      } else {
        known *= dims[i];
      }
    }
    if (unknown >= 0) {
      if (known <= 0 || self().size() % known != 0) {
        throw new IllegalArgumentException(
            "reshape: shape "
                + self().shape()
                + " does not fit "
                + java.util.Arrays.toString(dims));
      }
      target[unknown] = Math.toIntExact(self().size() / known);
    }
    Shape shape = Shape.of(target);
    return shape.equals(self().shape()) ? self() : Tensor.apply(new Reshape(shape), self());
  }

  /** All dimensions but the first become one. */
  public Tensor flatten() {
    return flatten(1, -1);
  }

  /** Dimensions {@code start} to {@code end}, inclusive, become one. */
  public Tensor flatten(int start, int end) {
    Shape shape = self().shape();
    if (shape.rank() == 0) {
      return reshape(1);
    }
    int first = shape.axis("flatten", start);
    int last = shape.axis("flatten", end);
    if (first > last) {
      throw new IllegalArgumentException(
          "flatten: start " + start + " lies behind end " + end + " in shape " + shape);
    }
    int[] dims = new int[shape.rank() - (last - first)];
    int size = 1;
    for (int i = 0; i < shape.rank(); i++) {
      if (i < first) {
        dims[i] = shape.dim(i);
      } else if (i > last) {
        dims[i - (last - first)] = shape.dim(i);
      } else {
        size *= shape.dim(i);
      }
    }
    dims[first] = size;
    return reshape(dims);
  }

  /** A dimension of size 1 before {@code dim} (-1: at the end). */
  public Tensor unsqueeze(int dim) {
    Shape shape = self().shape();
    int axis = dim < 0 ? dim + shape.rank() + 1 : dim;
    if (axis < 0 || axis > shape.rank()) {
      throw new IllegalArgumentException(
          "unsqueeze: dimension " + dim + " does not exist beside shape " + shape);
    }
    return reshape(shape.insert(axis, 1).toArray());
  }

  /** Drops a dimension of size 1; any other stays. */
  public Tensor squeeze(int dim) {
    Shape shape = self().shape();
    int axis = shape.axis("squeeze", dim);
    return shape.dim(axis) == 1 ? reshape(shape.without(axis).toArray()) : self();
  }

  /** Exchanges two dimensions. */
  public Tensor transpose(int a, int b) {
    Shape shape = self().shape();
    int[] order = IntStream.range(0, shape.rank()).toArray();
    int first = shape.axis("transpose", a);
    int second = shape.axis("transpose", b);
    order[first] = second;
    order[second] = first;
    return permute(order);
  }

  /**
   * Dimensions in another order: dimension i of the result is dimension {@code order[i]} of this.
   */
  public Tensor permute(int... order) {
    return Tensor.apply(new Permute(IntStream.of(order).boxed().toList()), self());
  }

  /** Stretches dimensions of size 1; -1 keeps a dimension. */
  public Tensor expand(int... dims) {
    int[] target = dims.clone();
    int shift = dims.length - self().shape().rank();
    for (int i = 0; i < dims.length; i++) {
      if (dims[i] == -1 && i >= shift) {
        target[i] = self().shape().dim(i - shift);
      }
    }
    return Tensor.apply(new Expand(Shape.of(target)), self());
  }

  /** Elements from {@code start} to below {@code end} of a dimension. */
  public Tensor slice(int dim, int start, int end) {
    return slice(dim, start, end, 1);
  }

  /**
   * Elements {@code start, start + step, ...} below {@code end} of a dimension; negative bounds
   * count from the end, and bounds beyond the end are cut, as in Python.
   */
  public Tensor slice(int dim, int start, int end, int step) {
    Shape shape = self().shape();
    int axis = shape.axis("slice", dim);
    int size = shape.dim(axis);
    int from = Math.clamp(start < 0 ? (long) start + size : start, 0, size);
    int to = Math.clamp(end < 0 ? (long) end + size : end, 0, size);
    return Tensor.apply(new Slice(axis, from, Math.max(from, to), step), self());
  }

  /** One index of a dimension, which is dropped. */
  public Tensor select(int dim, int index) {
    Shape shape = self().shape();
    int axis = shape.axis("select", dim);
    int at = index < 0 ? index + shape.dim(axis) : index;
    if (at < 0 || at >= shape.dim(axis)) {
      throw new IllegalArgumentException(
          "select: index " + index + " lies outside dimension " + dim + " of shape " + shape);
    }
    return slice(axis, at, at + 1).squeeze(axis);
  }

  /** Tensors one after the other along a dimension. */
  public static Tensor concat(List<Tensor> tensors, int dim) {
    int axis = tensors.isEmpty() ? dim : tensors.getFirst().shape().axis("concat", dim);
    return Tensor.apply(new Concat(axis), tensors.toArray(new Tensor[0]));
  }

  /** Tensors of one shape along a new dimension. */
  public static Tensor stack(List<Tensor> tensors, int dim) {
    int axis = dim < 0 && !tensors.isEmpty() ? dim + tensors.getFirst().shape().rank() + 1 : dim;
    List<Tensor> parts = new ArrayList<>();
    for (Tensor tensor : tensors) {
      parts.add(tensor.unsqueeze(axis));
    }
    return concat(parts, axis);
  }

  // ---- softmax and losses

  /** e^x / Σ e^x along a dimension. */
  public Tensor softmax(int dim) {
    return alongLast(dim, rows -> Tensor.apply(new Softmax(), rows));
  }

  /** ln softmax along a dimension. */
  public Tensor logSoftmax(int dim) {
    return alongLast(dim, rows -> Tensor.apply(new LogSoftmax(), rows));
  }

  private Tensor alongLast(int dim, java.util.function.UnaryOperator<Tensor> rowwise) {
    Shape shape = self().shape();
    if (shape.rank() == 0) {
      return rowwise.apply(reshape(1, 1)).reshape();
    }
    int axis = shape.axis("softmax", dim);
    Tensor x = axis == shape.rank() - 1 ? self() : transpose(axis, -1);
    Tensor y = rowwise.apply(x.reshape(-1, shape.dim(axis))).reshape(x.shape().toArray());
    return axis == shape.rank() - 1 ? y : y.transpose(axis, -1);
  }

  /** Mean cross-entropy of these logits [N, C] against INT64 labels [N]. */
  public Tensor crossEntropy(Tensor labels) {
    return Losses.crossEntropy(self(), labels, null, CrossEntropy.NONE, 0, Reduction.MEAN);
  }

  /**
   * Cross-entropy of these logits [N, C, ...] against INT64 labels [N, ...].
   *
   * @param classWeights [C], or null
   * @param ignoreIndex a label whose rows do not count; {@link CrossEntropy#NONE} for none
   * @param labelSmoothing from 0 to 1
   */
  public Tensor crossEntropy(
      Tensor labels,
      @Nullable Tensor classWeights,
      int ignoreIndex,
      float labelSmoothing,
      Reduction reduction) {
    return Losses.crossEntropy(
        self(), labels, classWeights, ignoreIndex, labelSmoothing, reduction);
  }

  /** Mean squared difference to a target of the same shape. */
  public Tensor mse(Tensor target) {
    return mse(target, Reduction.MEAN);
  }

  /** Squared difference to a target of the same shape. */
  public Tensor mse(Tensor target, Reduction reduction) {
    return Losses.mse(self(), target, reduction);
  }
}
