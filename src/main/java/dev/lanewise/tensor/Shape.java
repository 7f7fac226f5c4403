package dev.lanewise.tensor;

import java.util.Arrays;

/** The dimensions of a tensor; a scalar has none. Immutable. */
public final class Shape {
  /** The shape of a scalar. */
  public static final Shape SCALAR = new Shape(new int[0]);

  /**
   * The most elements: with padding and 8 bytes each their addresses are still below 2^63. Holds
   * for what dimensions other than 0 come to as well, so that strides are true in empty tensors.
   */
  private static final long MOST = 1L << 52;

  private final int[] dims;
  private final long size;

  private Shape(int[] dims) {
    this.dims = dims;
    long product = 1;
    boolean empty = false;
    for (int dim : dims) {
      if (dim < 0) {
        throw new IllegalArgumentException(
            "shape: dimensions must be at least 0, found " + Arrays.toString(dims));
      }
      // Exact up to 2^53, and faster than a division, which a small operation would feel.
      if ((double) product * dim > MOST) {
        throw new IllegalArgumentException(
            "shape: " + Arrays.toString(dims) + " has more than 2^52 elements");
      }
      product *= Math.max(dim, 1);
      empty |= dim == 0;
    }
    this.size = empty ? 0 : product;
  }

  /**
   * A shape of the given dimensions.
   *
   * @throws IllegalArgumentException when one is negative, or their product passes 2^52
   */
  public static Shape of(int... dims) {
    return dims.length == 0 ? SCALAR : new Shape(dims.clone());
  }

  /** The number of dimensions. */
  public int rank() {
    return dims.length;
  }

  /** The number of elements. */
  public long size() {
    return size;
  }

  /**
   * One dimension; negative indices count from the end.
   *
   * @throws IllegalArgumentException when there is no such dimension
   */
  public int dim(int index) {
    return dims[axis("shape", index)];
  }

  /** The dimensions as a fresh array. */
  public int[] toArray() {
    return dims.clone();
  }

  /**
   * The index of a dimension that may be given from the end.
   *
   * @param who names the caller in the message
   * @throws IllegalArgumentException when there is no such dimension
   */
  public int axis(String who, int index) {
    int axis = index < 0 ? index + dims.length : index;
    if (axis < 0 || axis >= dims.length) {
      throw new IllegalArgumentException(
          who
              + ": dimension "
              + index
              + " does not exist in shape "
              + this
              + " of rank "
              + dims.length);
    }
    return axis;
  }

  /** This shape with one dimension replaced. */
  public Shape with(int axis, int dim) {
    int[] result = dims.clone();
    result[axis] = dim;
    return new Shape(result);
  }

  /** This shape with a dimension put in before {@code axis}. */
  public Shape insert(int axis, int dim) {
    int[] result = new int[dims.length + 1];
    System.arraycopy(dims, 0, result, 0, axis);
    result[axis] = dim;
    System.arraycopy(dims, axis, result, axis + 1, dims.length - axis);
    return new Shape(result);
  }

  /** This shape without the dimension {@code axis}. */
  public Shape without(int axis) {
    int[] result = new int[dims.length - 1];
    System.arraycopy(dims, 0, result, 0, axis);
    System.arraycopy(dims, axis + 1, result, axis, dims.length - 1 - axis);
    return new Shape(result);
  }

  /** Strides in elements of a row-major tensor of this shape. */
  public long[] strides() {
    long[] strides = new long[dims.length];
    long stride = 1;
    for (int i = dims.length - 1; i >= 0; i--) {
      strides[i] = stride;
      stride *= dims[i];
    }
    return strides;
  }

  /** One of the {@link #strides}; {@code axis} counts from 0. */
  long stride(int axis) {
    long stride = 1;
    for (int i = dims.length - 1; i > axis; i--) {
      stride *= dims[i];
    }
    return stride;
  }

  /**
   * The common shape of two operands: aligned at the last dimension, 1 stretches.
   *
   * @param who names the operation in the message
   * @throws IllegalArgumentException when they do not fit
   */
  public static Shape broadcast(String who, Shape a, Shape b) {
    if (a.equals(b)) {
      return a;
    }
    int rank = Math.max(a.rank(), b.rank());
    int[] dims = new int[rank];
    for (int i = 1; i <= rank; i++) {
      int x = i <= a.rank() ? a.dims[a.rank() - i] : 1;
      int y = i <= b.rank() ? b.dims[b.rank() - i] : 1;
      if (x != y && x != 1 && y != 1) {
        throw new IllegalArgumentException(
            who
                + ": shapes "
                + a
                + " and "
                + b
                + " do not broadcast: dimension -"
                + i
                + " is "
                + x
                + " and "
                + y);
      }
      dims[rank - i] = x == 1 ? y : x;
    }
    return new Shape(dims);
  }

  @Override
  public boolean equals(Object other) {
    return this == other || other instanceof Shape shape && Arrays.equals(dims, shape.dims);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(dims);
  }

  /** As {@code [64, 3, 32, 32]}. */
  @Override
  public String toString() {
    return Arrays.toString(dims);
  }
}
