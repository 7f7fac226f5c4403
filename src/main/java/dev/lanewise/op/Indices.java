package dev.lanewise.op;

import dev.lanewise.kernel.reduce.Indexing;
import dev.lanewise.tensor.DType;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;

/** Checks that operations with indices share. */
final class Indices {
  /** A tensor of any type and indices. */
  static final Inputs ANY = Inputs.any("input").and(DType.INT64, "index");

  /** A tensor of floats and indices. */
  static final Inputs FLOATS = Inputs.floats("input").and(DType.INT64, "index");

  private Indices() {}

  /**
   * The indices, contiguous; to be given to {@code release}.
   *
   * @throws IllegalArgumentException when one is not in {@code 0..size - 1}
   */
  static Tensor checked(Op op, Tensor index, Shape into, int axis) {
    Tensor plain = index.contiguous();
    int size = into.dim(axis);
    long outside = Indexing.firstOutside(plain, plain.size(), size);
    if (outside >= 0) {
      long found = Indexing.get(plain, outside);
      index.release(plain);
      throw new IllegalArgumentException(
          op.name()
              + ": index "
              + found
              + " at position "
              + outside
              + " lies outside dimension "
              + axis
              + " of size "
              + size
              + " (shape "
              + into
              + ")");
    }
    return plain;
  }

  /** Refuses indices that do not have a place in {@code into} for every element. */
  static void requireFits(Op op, Shape index, Shape into, int axis) {
    boolean fits = index.rank() == into.rank() && axis >= 0 && axis < into.rank();
    for (int i = 0; fits && i < index.rank(); i++) {
      fits = i == axis || index.dim(i) <= into.dim(i);
    }
    if (!fits) {
      throw new IllegalArgumentException(
          op.name()
              + ": indices of shape "
              + index
              + " must have the dimensions of "
              + into
              + " and be no larger except in dimension "
              + axis);
    }
  }

  /** Refuses sources that are not one for each index. */
  static void requireSame(Op op, Shape source, Shape index) {
    if (!source.equals(index)) {
      throw new IllegalArgumentException(
          op.name() + ": one source for each index is expected, found " + source + " for " + index);
    }
  }
}
