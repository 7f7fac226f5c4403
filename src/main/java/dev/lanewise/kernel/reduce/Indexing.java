package dev.lanewise.kernel.reduce;

import dev.lanewise.kernel.elementwise.Elementwise;
import dev.lanewise.kernel.team.Chunks;
import dev.lanewise.kernel.team.Scratch;
import dev.lanewise.kernel.vector.LoopNest;
import dev.lanewise.kernel.vector.Mem;
import dev.lanewise.kernel.vector.Operand;
import dev.lanewise.kernel.vector.VectorMemory;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Picks, places and adds elements by 64-bit indices along one dimension.
 *
 * <p>Whatever writes by index works on lines along that dimension, or on ranges of the rows
 * written, each on one thread and in the order of the indices: so equal indices add up to the same
 * bits with any number of threads.
 */
public final class Indexing {
  /** Parts into which the rows of a sum by index are cut; each part reads all indices. */
  private static final int MOST_PARTS = 16;

  /** Lines beside each other that are walked together: those of a cache line. */
  private static final int LINES = 16;

  private Indexing() {}

  /** The position of the first of n indices that is not in 0..size - 1, or -1. */
  public static long firstOutside(Operand index, long n, long size) {
    long address = Operand.address(index);
    AtomicBoolean found = new AtomicBoolean();
    Chunks.run(
        n,
        1,
        (from, to) -> {
          if (anyOutside(address + from * 8, to - from, size)) {
            found.set(true);
          }
        });
    for (long i = 0; found.get() && i < n; i++) {
      if (anyOutside(address + i * 8, 1, size)) {
        return i;
      }
    }
    return -1;
  }

  /** Without a branch for each index: one of the two numbers is negative where it lies outside. */
  private static boolean anyOutside(long address, long n, long size) {
    long signs = 0;
    for (long i = 0; i < n; i++) {
      long value = Mem.ALL.get(Mem.LONG, address + i * 8);
      signs |= value | (size - 1 - value);
    }
    return signs < 0;
  }

  /** The index at a position. */
  public static long get(Operand index, long position) {
    return Mem.ALL.get(Mem.LONG, Operand.address(index) + position * 8);
  }

  /**
   * y[.., i, ..] = x[.., index[.., i, ..], ..] along one dimension.
   *
   * @param x the elements, contiguous, with the given strides
   * @param xStrides the strides of x
   * @param index contiguous, of shape {@code dims}, checked
   * @param y of shape {@code dims}, overwritten
   * @param elementBytes 4 or 8
   */
  public static void gather(
      Operand x,
      long[] xStrides,
      Operand index,
      Operand y,
      int[] dims,
      int axis,
      int elementBytes) {
    long from = Operand.address(x);
    long to = Operand.address(y);
    long at = Operand.address(index);
    boolean wide = elementBytes == 8;
    lines(
        xStrides,
        dims,
        axis,
        (indices, indexStep, elements, elementStep, axisStep, n) -> {
          for (int i = 0; i < n; i++) {
            long position = indices + i * indexStep;
            long value = Mem.ALL.get(Mem.LONG, at + position * 8);
            long source = elements + i * elementStep + value * axisStep;
            if (wide) {
              Mem.ALL.set(Mem.LONG, to + position * 8, Mem.ALL.get(Mem.LONG, from + source * 8));
            } else {
              Mem.ALL.set(Mem.INT, to + position * 4, Mem.ALL.get(Mem.INT, from + source * 4));
            }
          }
        });
  }

  /**
   * y[.., index[.., i, ..], ..] = x[.., i, ..] along one dimension; of equal indices the last one
   * counts.
   *
   * @param x contiguous floats of shape {@code dims}
   * @param index contiguous, of shape {@code dims}, checked
   * @param y floats, what is not named stays
   * @param yStrides the strides of y
   */
  public static void scatter(
      Operand x, Operand index, Operand y, long[] yStrides, int[] dims, int axis) {
    long from = Operand.address(x);
    long to = Operand.address(y);
    long at = Operand.address(index);
    lines(
        yStrides,
        dims,
        axis,
        (indices, indexStep, elements, elementStep, axisStep, n) -> {
          for (int i = 0; i < n; i++) {
            long position = indices + i * indexStep;
            long value = Mem.ALL.get(Mem.LONG, at + position * 8);
            Mem.set(
                to + (elements + i * elementStep + value * axisStep) * 4,
                Mem.get(from + position * 4));
          }
        });
  }

  /** As {@link #scatter}, adding to what is there. */
  public static void scatterAdd(
      Operand x, Operand index, Operand y, long[] yStrides, int[] dims, int axis) {
    long from = Operand.address(x);
    long to = Operand.address(y);
    long at = Operand.address(index);
    lines(
        yStrides,
        dims,
        axis,
        (indices, indexStep, elements, elementStep, axisStep, n) -> {
          for (int i = 0; i < n; i++) {
            long position = indices + i * indexStep;
            long value = Mem.ALL.get(Mem.LONG, at + position * 8);
            long target = to + (elements + i * elementStep + value * axisStep) * 4;
            Mem.set(target, Mem.get(target) + Mem.get(from + position * 4));
          }
        });
  }

  /** Several indices of one line, or one of several lines; all numbers count elements. */
  @FunctionalInterface
  private interface LinesBody {
    void run(long indices, long indexStep, long elements, long elementStep, long axisStep, int n);
  }

  /**
   * Walks lines along {@code axis}: each line stays on one thread, and its indices in order. Where
   * indices of a line lie side by side it is walked to its end, else some lines beside each other
   * are walked together: so what is fetched of memory is used.
   */
  private static void lines(long[] strides, int[] dims, int axis, LinesBody body) {
    if (LoopNest.count(dims) == 0) {
      return;
    }
    long[] indexStrides = LoopNest.contiguous(dims);
    long[] otherStrides = strides.clone();
    int[] others = dims.clone();
    others[axis] = 1;
    LoopNest nest = new LoopNest(others, indexStrides, otherStrides);
    int inner = nest.rank - 1;
    long indexRow = nest.rank > 1 ? nest.first[inner - 1] : 0;
    long otherRow = nest.rank > 1 ? nest.second[inner - 1] : 0;
    long indexStep = nest.first[inner];
    long otherStep = nest.second[inner];
    long axisStep = strides[axis];
    boolean along = indexStrides[axis] == 1;
    int lines = along ? 1 : LINES;
    Chunks.run(
        Math.ceilDiv(nest.count(), lines),
        (long) lines * dims[axis],
        (from, to) ->
            nest.run(
                from * lines,
                Math.min(to * lines, nest.count()),
                (first, second, position, rows, n) -> {
                  for (int row = 0; row < rows; row++) {
                    long indices = first + row * indexRow;
                    long elements = second + row * otherRow;
                    for (int i = 0; along && i < n; i++) {
                      body.run(
                          indices + i * indexStep,
                          1,
                          elements + i * otherStep,
                          0,
                          axisStep,
                          dims[axis]);
                    }
                    for (int i = 0; !along && i < dims[axis]; i++) {
                      body.run(
                          indices + i * indexStrides[axis],
                          indexStep,
                          elements,
                          otherStep,
                          axisStep,
                          n);
                    }
                  }
                }));
  }

  /**
   * y[o][i] = x[o][index[i]] for rows of {@code rowBytes}.
   *
   * @param x [outer, size] rows
   * @param index n indices, checked
   * @param y [outer, n] rows, overwritten
   */
  public static void selectRows(
      Operand x, Operand index, Operand y, long outer, long size, long n, long rowBytes) {
    long from = Operand.address(x);
    long to = Operand.address(y);
    long at = Operand.address(index);
    Chunks.run(
        outer * n,
        Math.max(1, rowBytes / 4),
        (first, end) -> {
          for (long item = first; item < end; item++) {
            long row = item / n * size + Mem.ALL.get(Mem.LONG, at + item % n * 8);
            if ((rowBytes & 3) != 0) {
              MemorySegment.copy(
                  Mem.ALL, from + row * rowBytes, Mem.ALL, to + item * rowBytes, rowBytes);
            } else if (rowBytes <= 16) {
              Scratch.copyFew(from + row * rowBytes, to + item * rowBytes, (int) rowBytes / 4);
            } else {
              VectorMemory.copy(
                  from + row * rowBytes, to + item * rowBytes, Math.toIntExact(rowBytes / 4));
            }
          }
        });
  }

  /**
   * y[o][index[i]] += x[o][i] for rows of {@code columns} floats; the sums of a row are taken in
   * the order of i.
   *
   * @param x [outer, n] rows
   * @param index n indices, checked
   * @param ignored an index whose rows are left out; -1 for none
   * @param y [outer, size] rows
   */
  public static void addRows(
      Operand x,
      Operand index,
      Operand y,
      long outer,
      long size,
      long n,
      int columns,
      int ignored) {
    long from = Operand.address(x);
    long to = Operand.address(y);
    long at = Operand.address(index);
    long parts = Math.clamp(n * columns / Chunks.GRAIN, 1, Math.min(MOST_PARTS, Math.max(1, size)));
    Chunks.run(
        outer * parts,
        Math.max(1, n * columns / parts),
        (first, end) -> {
          for (long item = first; item < end; item++) {
            long o = item / parts;
            long low = size * (item % parts) / parts;
            long high = size * (item % parts + 1) / parts;
            for (long i = 0; i < n; i++) {
              long row = Mem.ALL.get(Mem.LONG, at + i * 8);
              if (row >= low && row < high && row != ignored) {
                Elementwise.accumulateRange(
                    to + (o * size + row) * columns * 4, from + (o * n + i) * columns * 4, columns);
              }
            }
          }
        });
  }

  /**
   * Keeps a triangle of matrices and makes the rest zero: element (i, j) stays where {@code j - i
   * <= diagonal} (lower), or {@code j - i >= diagonal} (upper).
   *
   * @param x [batch, rows, columns] floats
   * @param y as many, overwritten; not x
   */
  public static void triangle(
      Operand x, Operand y, long batch, int rows, int columns, boolean upper, int diagonal) {
    long from = Operand.address(x);
    long to = Operand.address(y);
    Chunks.run(
        batch * rows,
        columns,
        (first, end) -> {
          for (long row = first; row < end; row++) {
            long i = row % rows;
            // The first column of the upper part of this row.
            int cut = (int) Math.clamp(i + diagonal + (upper ? 0 : 1), 0, columns);
            long start = row * columns * 4;
            int kept = upper ? cut : 0;
            int zero = upper ? 0 : cut;
            VectorMemory.copy(
                from + start + kept * 4L, to + start + kept * 4L, upper ? columns - cut : cut);
            VectorMemory.fill(to + start + zero * 4L, 0, upper ? cut : columns - cut);
          }
        });
  }
}
