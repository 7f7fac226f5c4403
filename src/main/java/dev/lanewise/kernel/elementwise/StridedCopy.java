package dev.lanewise.kernel.elementwise;

import static dev.lanewise.kernel.vector.Lanes.L;

import dev.lanewise.kernel.team.Chunks;
import dev.lanewise.kernel.team.Scratch;
import dev.lanewise.kernel.vector.LoopNest;
import dev.lanewise.kernel.vector.Mem;
import dev.lanewise.kernel.vector.Operand;
import dev.lanewise.kernel.vector.VectorMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Copies between strided views and contiguous places. Dimensions are merged where possible; runs of
 * adjacent elements are copied as such; where the place read and the place written are adjacent in
 * different dimensions, tiles are transposed in registers.
 */
public final class StridedCopy {
  private StridedCopy() {}

  /**
   * Copies a strided view into a contiguous place.
   *
   * @param x the view
   * @param strides elements from one index to the next for every dimension; 0 repeats
   * @param dims the dimensions
   * @param y the elements in row-major order, overwritten
   * @param elementBytes 1, 4 or 8
   * @throws IllegalArgumentException for another size
   */
  public static void copy(Operand x, long[] strides, int[] dims, Operand y, int elementBytes) {
    move(x, strides, y, LoopNest.contiguous(dims), dims, elementBytes);
  }

  /**
   * Copies a contiguous place into a strided one.
   *
   * @param x the elements in row-major order
   * @param y the place written; what lies between its elements stays
   * @param yStrides its elements from one index to the next; none may be reached twice
   * @param dims the dimensions
   * @param elementBytes 1, 4 or 8
   * @throws IllegalArgumentException for another size
   */
  public static void scatter(Operand x, Operand y, long[] yStrides, int[] dims, int elementBytes) {
    move(x, LoopNest.contiguous(dims), y, yStrides, dims, elementBytes);
  }

  /**
   * Adds contiguous floats to strided ones.
   *
   * @param x the terms in row-major order
   * @param y the place added to
   * @param yStrides its elements from one index to the next; none may be reached twice
   * @param dims the dimensions
   */
  public static void scatterAdd(Operand x, Operand y, long[] yStrides, int[] dims) {
    if (LoopNest.count(dims) == 0) {
      return;
    }
    LoopNest nest = new LoopNest(dims, LoopNest.contiguous(dims), yStrides);
    long source = Operand.address(x);
    long target = Operand.address(y);
    long step = nest.second[nest.rank - 1] * 4;
    long sourceRow = nest.firstRowBytes();
    long targetRow = nest.secondRowBytes();
    run(
        nest,
        (from, to, position, rows, n) -> {
          for (int row = 0; row < rows; row++) {
            long terms = source + from * 4 + row * sourceRow;
            long sums = target + to * 4 + row * targetRow;
            if (step == 4) {
              Elementwise.accumulateRange(sums, terms, n);
            } else {
              for (int i = 0; i < n; i++) {
                long sum = sums + i * step;
                Mem.set(sum, Mem.get(sum) + Mem.get(terms + (long) i * 4));
              }
            }
          }
        });
  }

  private static void run(LoopNest nest, LoopNest.Body body) {
    Chunks.run(nest.count(), 1, (from, to) -> nest.run(from, to, body));
  }

  private static void move(
      Operand x, long[] xStrides, Operand y, long[] yStrides, int[] dims, int elementBytes) {
    if (elementBytes != 1 && elementBytes != 4 && elementBytes != 8) {
      throw new IllegalArgumentException(
          "Elements of " + elementBytes + " bytes cannot be copied; expected 1, 4 or 8.");
    }
    if (LoopNest.count(dims) == 0) {
      return;
    }
    LoopNest nest = new LoopNest(dims, xStrides, yStrides);
    long source = Operand.address(x);
    long target = Operand.address(y);
    int inner = nest.rank - 1;
    int adjacentSource = adjacent(nest.first, nest.rank);
    int adjacentTarget = adjacent(nest.second, nest.rank);
    if (nest.first[inner] == 1 && nest.second[inner] == 1) {
      moveRows(source, target, nest, elementBytes);
    } else if (nest.first[inner] == 0 && nest.second[inner] == 1 && elementBytes == 4) {
      repeat(source, target, nest);
    } else if (adjacentSource >= 0 && adjacentTarget >= 0 && elementBytes == 4) {
      transpose(source, target, nest, adjacentSource, adjacentTarget);
    } else {
      moveElements(source, target, nest, elementBytes);
    }
  }

  /** The loop whose turns are adjacent in memory, or -1. */
  private static int adjacent(long[] strides, int rank) {
    for (int i = rank - 1; i >= 0; i--) {
      if (strides[i] == 1) {
        return i;
      }
    }
    return -1;
  }

  private static void moveRows(long source, long target, LoopNest nest, int elementBytes) {
    long sourceRow = nest.firstRowBytes() / 4 * elementBytes;
    long targetRow = nest.secondRowBytes() / 4 * elementBytes;
    run(
        nest,
        (from, to, position, rows, n) -> {
          long bytes = (long) n * elementBytes;
          for (int row = 0; row < rows; row++) {
            long read = source + from * elementBytes + row * sourceRow;
            long write = target + to * elementBytes + row * targetRow;
            if ((bytes & 3) == 0 && bytes >> 2 <= Integer.MAX_VALUE) {
              VectorMemory.copy(read, write, (int) (bytes >> 2));
            } else {
              MemorySegment.copy(Mem.ALL, read, Mem.ALL, write, bytes);
            }
          }
        });
  }

  private static void repeat(long source, long target, LoopNest nest) {
    long sourceRow = nest.firstRowBytes();
    long targetRow = nest.secondRowBytes();
    run(
        nest,
        (from, to, position, rows, n) -> {
          for (int row = 0; row < rows; row++) {
            VectorMemory.fill(
                target + to * 4 + row * targetRow, Mem.get(source + from * 4 + row * sourceRow), n);
          }
        });
  }

  /**
   * Where loop u is adjacent in the source and loop v in the target: tiles of L turns of each, all
   * other loops outside.
   */
  private static void transpose(long source, long target, LoopNest nest, int u, int v) {
    long uTiles = Math.ceilDiv(nest.sizes[u], (long) L);
    long vTiles = Math.ceilDiv(nest.sizes[v], (long) L);
    long outer = nest.count() / nest.sizes[u] / nest.sizes[v];
    Chunks.run(
        outer * uTiles * vTiles,
        (long) L * L,
        (from, to) -> {
          long buffer = Scratch.address();
          for (long item = from; item < to; item++) {
            long firstV = item % vTiles * L;
            long firstU = item / vTiles % uTiles * L;
            long read = firstU + firstV * nest.first[v];
            long write = firstV + firstU * nest.second[u];
            long rest = item / vTiles / uTiles;
            for (int i = nest.rank - 1; i >= 0; i--) {
              if (i != u && i != v) {
                long index = rest % nest.sizes[i];
                rest /= nest.sizes[i];
                read += index * nest.first[i];
                write += index * nest.second[i];
              }
            }
            int us = (int) Math.min(L, nest.sizes[u] - firstU);
            int vs = (int) Math.min(L, nest.sizes[v] - firstV);
            TileTranspose.run(
                source + read * 4,
                nest.first[v] * 4,
                vs,
                us,
                target + write * 4,
                nest.second[u] * 4,
                us,
                vs,
                buffer);
          }
        });
  }

  private static void moveElements(long source, long target, LoopNest nest, int elementBytes) {
    int inner = nest.rank - 1;
    long sourceStep = nest.first[inner] * elementBytes;
    long targetStep = nest.second[inner] * elementBytes;
    long sourceRow = nest.firstRowBytes() / 4 * elementBytes;
    long targetRow = nest.secondRowBytes() / 4 * elementBytes;
    run(
        nest,
        (from, to, position, rows, n) -> {
          for (int row = 0; row < rows; row++) {
            long read = source + from * elementBytes + row * sourceRow;
            long write = target + to * elementBytes + row * targetRow;
            switch (elementBytes) {
              case 1 -> moveBytes(read, sourceStep, write, targetStep, n);
              case 4 -> moveInts(read, sourceStep, write, targetStep, n);
              default -> moveLongs(read, sourceStep, write, targetStep, n);
            }
          }
        });
  }

  private static void moveBytes(long read, long readStep, long write, long writeStep, int n) {
    for (int i = 0; i < n; i++) {
      Mem.ALL.set(
          ValueLayout.JAVA_BYTE,
          write + i * writeStep,
          Mem.ALL.get(ValueLayout.JAVA_BYTE, read + i * readStep));
    }
  }

  private static void moveInts(long read, long readStep, long write, long writeStep, int n) {
    for (int i = 0; i < n; i++) {
      Mem.ALL.set(Mem.INT, write + i * writeStep, Mem.ALL.get(Mem.INT, read + i * readStep));
    }
  }

  private static void moveLongs(long read, long readStep, long write, long writeStep, int n) {
    for (int i = 0; i < n; i++) {
      Mem.ALL.set(Mem.LONG, write + i * writeStep, Mem.ALL.get(Mem.LONG, read + i * readStep));
    }
  }
}
