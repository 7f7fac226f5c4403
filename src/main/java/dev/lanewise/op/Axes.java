package dev.lanewise.op;

import dev.lanewise.tensor.Shape;

/** A set of dimensions as a bit mask: what reductions run over. */
public record Axes(long mask) {
  /**
   * The set of the given dimensions (negative: from the end); none given means all.
   *
   * @throws IllegalArgumentException when one does not exist or is named twice
   */
  public static Axes of(String who, Shape shape, int... dims) {
    if (dims.length == 0) {
      return new Axes((1L << shape.rank()) - 1);
    }
    long mask = 0;
    for (int dim : dims) {
      long bit = 1L << shape.axis(who, dim);
      if ((mask & bit) != 0) {
        throw new IllegalArgumentException(who + ": dimension " + dim + " is named twice");
      }
      mask |= bit;
    }
    return new Axes(mask);
  }

  /** Whether dimension {@code axis} is in the set. */
  public boolean contains(int axis) {
    return (mask >> axis & 1) != 0;
  }

  /** The shape with the dimensions of the set removed, or kept as 1. */
  public Shape reduce(Shape shape, boolean keepdim) {
    int[] dims = new int[shape.rank()];
    int rank = 0;
    for (int i = 0; i < shape.rank(); i++) {
      if (!contains(i)) {
        dims[rank++] = shape.dim(i);
      } else if (keepdim) {
        dims[rank++] = 1;
      }
    }
    return Shape.of(java.util.Arrays.copyOf(dims, rank));
  }

  /** The number of elements that fall together into one. */
  public long count(Shape shape) {
    long count = 1;
    for (int i = 0; i < shape.rank(); i++) {
      count *= contains(i) ? shape.dim(i) : 1;
    }
    return count;
  }
}
