package dev.lanewise.tensor;

import dev.lanewise.op.Axes;
import dev.lanewise.op.Expand;
import dev.lanewise.op.Flip;
import dev.lanewise.op.Permute;
import dev.lanewise.op.Reshape;
import dev.lanewise.op.Slice;
import dev.lanewise.op.Unfold;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Operations on a {@link Tensor}, other shapes and places for the same elements. */
public abstract sealed class ShapeOps extends ProductOps permits DiagonalOps {
  ShapeOps() {}

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
            "reshape: shape " + self().shape() + " does not fit " + Arrays.toString(dims));
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
   * count from the end, and bounds beyond the end are cut, as in Python. A negative step walks from
   * {@code start} down to above {@code end}; an end of {@link Integer#MIN_VALUE} then includes the
   * first element.
   */
  public Tensor slice(int dim, int start, int end, int step) {
    Shape shape = self().shape();
    int axis = shape.axis("slice", dim);
    int size = shape.dim(axis);
    if (step < 0) {
      long first = Math.clamp(start < 0 ? (long) start + size : start, -1, size - 1);
      long last = Math.clamp(end < 0 ? (long) end + size : end, -1, size - 1);
      // In the flipped dimension, element i is size - 1 - i.
      return flip(axis)
          .slice(
              axis,
              (int) (size - 1 - first),
              (int) (size - 1 - last),
              -Math.max(step, -Integer.MAX_VALUE));
    }
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

  /** Drops all dimensions of size 1. */
  public Tensor squeeze() {
    return reshape(IntStream.of(self().shape().toArray()).filter(d -> d != 1).toArray());
  }

  /** Dimension {@code dim} becomes several; one of {@code sizes} may be -1: what is left. */
  public Tensor unflatten(int dim, int... sizes) {
    Shape shape = self().shape();
    int axis = shape.axis("unflatten", dim);
    int known = 1;
    int unknown = -1;
    int[] parts = sizes.clone();
    for (int i = 0; i < parts.length; i++) {
      if (parts[i] == -1 && unknown < 0) {
        unknown = i;
      } else {
        known *= parts[i];
      }
    }
    if (unknown >= 0 && known > 0) {
      parts[unknown] = shape.dim(axis) / known;
      known *= parts[unknown];
    }
    if (known != shape.dim(axis)) {
      throw new IllegalArgumentException(
          "unflatten: dimension "
              + dim
              + " of shape "
              + shape
              + " does not split into "
              + Arrays.toString(sizes));
    }
    IntStream before = IntStream.range(0, axis).map(shape::dim);
    IntStream after = IntStream.range(axis + 1, shape.rank()).map(shape::dim);
    return reshape(
        IntStream.concat(IntStream.concat(before, IntStream.of(parts)), after).toArray());
  }

  /** The same elements under the shape of another tensor. */
  public Tensor reshapeAs(Tensor other) {
    return reshape(other.shape().toArray());
  }

  /** Stretches dimensions of size 1 to the shape of another tensor. */
  public Tensor expandAs(Tensor other) {
    return expand(other.shape().toArray());
  }

  /** Stretches dimensions of size 1, as {@link #expand}. */
  public Tensor broadcastTo(int... dims) {
    return expand(dims);
  }

  /** A matrix transposed; a vector or a scalar as it is. */
  public Tensor t() {
    if (self().shape().rank() > 2) {
      throw new IllegalArgumentException("t: expected a matrix, found shape " + self().shape());
    }
    return self().shape().rank() < 2 ? self() : transpose(0, 1);
  }

  /** Moves one dimension to another place; the others keep their order. */
  public Tensor movedim(int source, int destination) {
    Shape shape = self().shape();
    int from = shape.axis("movedim", source);
    int to = shape.axis("movedim", destination);
    List<Integer> order = new ArrayList<>(IntStream.range(0, shape.rank()).boxed().toList());
    order.add(to, order.remove(from));
    return permute(order.stream().mapToInt(Integer::intValue).toArray());
  }

  /** {@code length} elements of a dimension, from {@code start} on. */
  public Tensor narrow(int dim, int start, int length) {
    Shape shape = self().shape();
    int size = shape.dim(shape.axis("narrow", dim));
    int from = start < 0 ? start + size : start;
    if (from < 0 || length < 0 || length > size - from) {
      throw new IllegalArgumentException(
          "narrow: "
              + length
              + " elements from "
              + start
              + " on do not lie in dimension "
              + dim
              + " of shape "
              + shape);
    }
    return slice(dim, from, from + length);
  }

  /** The whole tensor {@code times[i]} times along dimension i; more entries add dimensions. */
  public Tensor repeat(int... times) {
    Shape shape = self().shape();
    int rank = times.length;
    int shift = rank - shape.rank();
    if (shift < 0 || IntStream.of(times).anyMatch(n -> n < 0)) {
      throw new IllegalArgumentException(
          "repeat: a number for each dimension of shape "
              + shape
              + " is expected, found "
              + Arrays.toString(times));
    }
    int[] apart = new int[2 * rank];
    int[] stretched = new int[2 * rank];
    int[] joined = new int[rank];
    for (int i = 0; i < rank; i++) {
      int size = i < shift ? 1 : shape.dim(i - shift);
      apart[2 * i] = 1;
      apart[2 * i + 1] = size;
      stretched[2 * i] = times[i];
      stretched[2 * i + 1] = size;
      joined[i] = times[i] * size;
    }
    return reshape(apart).expand(stretched).reshape(joined);
  }

  /** As {@link #repeat}; missing entries at the front are 1. */
  public Tensor tile(int... times) {
    int missing = Math.max(0, self().shape().rank() - times.length);
    return repeat(
        IntStream.concat(IntStream.generate(() -> 1).limit(missing), IntStream.of(times))
            .toArray());
  }

  /** Each element of a dimension {@code times} times, one after the other. */
  public Tensor repeatInterleave(int times, int dim) {
    Shape shape = self().shape();
    int axis = shape.axis("repeatInterleave", dim);
    if (times < 0) {
      throw new IllegalArgumentException("repeatInterleave: found " + times + " times");
    }
    int[] joined = shape.with(axis, shape.dim(axis) * times).toArray();
    return unsqueeze(axis + 1).expand(shape.insert(axis + 1, times).toArray()).reshape(joined);
  }

  /** The given dimensions backwards: a view. */
  public Tensor flip(int... dims) {
    if (dims.length == 0) {
      return self();
    }
    return Tensor.apply(new Flip(Axes.of("flip", self().shape(), dims)), self());
  }

  /**
   * Elements move on by {@code shift} along a dimension; what leaves at the end enters in front.
   */
  public Tensor roll(int shift, int dim) {
    Shape shape = self().shape();
    int axis = shape.axis("roll", dim);
    int size = shape.dim(axis);
    int cut = size == 0 ? 0 : size - Math.floorMod(shift, size);
    if (cut == size) {
      return self();
    }
    return Tensor.concat(List.of(slice(axis, cut, size), slice(axis, 0, cut)), axis);
  }

  /** As {@link #roll(int, int)}, along several dimensions. */
  public Tensor roll(int[] shifts, int... dims) {
    if (shifts.length != dims.length) {
      throw new IllegalArgumentException(
          "roll: " + shifts.length + " shifts for " + dims.length + " dimensions");
    }
    Tensor y = self();
    for (int i = 0; i < dims.length; i++) {
      y = y.roll(shifts[i], dims[i]);
    }
    return y;
  }

  /** Two dimensions turned by 90 degrees {@code times} times, from the first to the second. */
  public Tensor rot90(int times, int first, int second) {
    return switch (Math.floorMod(times, 4)) {
      case 0 -> self();
      case 1 -> flip(second).transpose(first, second);
      case 2 -> flip(first, second);
      default -> flip(first).transpose(first, second);
    };
  }

  /**
   * Windows of {@code size} elements along a dimension, one every {@code step}, in a new last
   * dimension: a view.
   */
  public Tensor unfold(int dim, int size, int step) {
    return unfold(dim, size, step, 1);
  }

  /** As {@link #unfold(int, int, int)}, with the elements of a window {@code dilation} apart. */
  public Tensor unfold(int dim, int size, int step, int dilation) {
    int axis = self().shape().axis("unfold", dim);
    return Tensor.apply(new Unfold(axis, size, step, dilation), self());
  }
}
