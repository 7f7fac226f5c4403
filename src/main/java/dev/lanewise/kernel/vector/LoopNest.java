package dev.lanewise.kernel.vector;

/**
 * Nested loops over two strided places, reduced to as few as possible: loops of one turn are
 * dropped, and a loop joins the next inner one when both places continue where that ends.
 */
public final class LoopNest {
  /** How many loops are left, at least 1. */
  public final int rank;

  /** Their turns, outermost first. */
  public final long[] sizes;

  /** Elements from one turn to the next in the first place. */
  public final long[] first;

  /** The same in the second place. */
  public final long[] second;

  /** Work on some consecutive turns of the last loop but one, each of n consecutive turns. */
  @FunctionalInterface
  public interface Body {
    /**
     * Does the work.
     *
     * @param firstOffset elements from the start of the first place
     * @param secondOffset the same in the second place
     * @param position how many innermost turns come before, in the order of the loops
     * @param rows turns of the last loop but one
     * @param n turns of the last loop, fewer than all of it only where rows is 1
     */
    void run(long firstOffset, long secondOffset, long position, int rows, int n);
  }

  /**
   * The nest over some dimensions.
   *
   * @param dims sizes, outermost first, none of them 0
   * @param firstStrides elements from one index to the next, for every dimension
   * @param secondStrides the same for the second place
   */
  public LoopNest(int[] dims, long[] firstStrides, long[] secondStrides) {
    int capacity = Math.max(1, dims.length);
    sizes = new long[capacity];
    first = new long[capacity];
    second = new long[capacity];
    int last = -1;
    for (int i = 0; i < dims.length; i++) {
      long size = dims[i];
      if (size == 1) {
        continue;
      }
      if (last >= 0
          && first[last] == firstStrides[i] * size
          && second[last] == secondStrides[i] * size) {
        sizes[last] *= size;
      } else {
        last++;
        sizes[last] = size;
      }
      first[last] = firstStrides[i];
      second[last] = secondStrides[i];
    }
    if (last < 0) {
      last = 0;
      sizes[0] = 1;
      first[0] = 1;
      second[0] = 1;
    }
    rank = last + 1;
  }

  /** The elements of dimensions. */
  public static long count(int[] dims) {
    long count = 1;
    for (int dim : dims) {
      count *= dim;
    }
    return count;
  }

  /** The strides of row-major order. */
  public static long[] contiguous(int[] dims) {
    long[] strides = new long[dims.length];
    long stride = 1;
    for (int i = dims.length - 1; i >= 0; i--) {
      strides[i] = stride;
      stride *= dims[i];
    }
    return strides;
  }

  /** The product of all sizes. */
  public long count() {
    long count = 1;
    for (int i = 0; i < rank; i++) {
      count *= sizes[i];
    }
    return count;
  }

  /** Bytes of four-byte elements from a turn of the last loop but one to the next; 0 if none. */
  public long firstRowBytes() {
    return rank > 1 ? first[rank - 2] * 4 : 0;
  }

  /** The same in the second place. */
  public long secondRowBytes() {
    return rank > 1 ? second[rank - 2] * 4 : 0;
  }

  /** Runs the body over the innermost turns {@code from} to {@code to - 1}, in order. */
  public void run(long from, long to, Body body) {
    int inner = rank - 1;
    long n = sizes[inner];
    long rows = rank > 1 ? sizes[rank - 2] : 1;
    long position = from;
    while (position < to) {
      long column = position % n;
      long firstOffset = column * first[inner];
      long secondOffset = column * second[inner];
      long rest = position / n;
      long row = rest % rows;
      for (int i = rank - 2; i >= 0; i--) {
        long index = rest % sizes[i];
        rest /= sizes[i];
        firstOffset += index * first[i];
        secondOffset += index * second[i];
      }
      if (column != 0 || to - position < n) {
        int part = (int) Math.min(n - column, to - position);
        body.run(firstOffset, secondOffset, position, 1, part);
        position += part;
      } else {
        int whole = (int) Math.min((to - position) / n, rows - row);
        body.run(firstOffset, secondOffset, position, whole, (int) n);
        position += whole * n;
      }
    }
  }
}
