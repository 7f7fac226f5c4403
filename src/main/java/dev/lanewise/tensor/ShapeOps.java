package dev.lanewise.tensor;

import dev.lanewise.op.Concat;
import dev.lanewise.op.Expand;
import dev.lanewise.op.Permute;
import dev.lanewise.op.Reshape;
import dev.lanewise.op.Slice;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Operations on a {@link Tensor}, other shapes and places for the same elements. */
public abstract sealed class ShapeOps extends ProductOps permits IndexOps {
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
}
