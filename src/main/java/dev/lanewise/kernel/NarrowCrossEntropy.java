package dev.lanewise.kernel;

import static dev.lanewise.kernel.Lanes.BYTES;
import static dev.lanewise.kernel.Lanes.F;
import static dev.lanewise.kernel.Lanes.L;

import dev.lanewise.memory.Block;
import dev.lanewise.memory.Pool;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The cross entropy of few classes, at most one vector of them: {@link SoftmaxKernel} calls it for
 * these. The lanes are rows here. With three classes, a vector along a row would be idle for the
 * most part, and the maximum, sum and logarithm of each row would be a chain of its own.
 */
final class NarrowCrossEntropy {
  /** Bytes of a tile, [column][row]; after it the maxima, the sums, and what each row needs. */
  private static final long TILE = (long) L * BYTES;

  private static final long MAXIMA = TILE;
  private static final long SUMS = MAXIMA + BYTES;
  private static final long FACTORS = SUMS + BYTES;
  private static final long ALL = FACTORS + BYTES;

  /** The arguments of both passes, see {@link SoftmaxKernel#crossEntropy}. */
  record Arguments(
      long logits,
      long labels,
      long weights,
      int ignoreIndex,
      float labelSmoothing,
      long rows,
      int columns) {
    private float weight(long column) {
      return weights == 0 ? 1 : Mem.get(weights + column * 4);
    }

    private float allWeights() {
      return weights == 0 ? columns : SoftmaxKernel.sum(weights, columns);
    }

    private long label(long row) {
      return Mem.ALL.get(Mem.LONG, labels + row * 8);
    }
  }

  /** Work on the rows {@code from} to {@code to - 1}, at most L, with a buffer. */
  @FunctionalInterface
  private interface Body {
    void run(long from, long to, long buffer);
  }

  private NarrowCrossEntropy() {}

  static boolean serves(int columns) {
    return columns <= L;
  }

  private static void tiles(long rows, int columns, Body body) {
    Chunks.run(
        Math.ceilDiv(rows, (long) L),
        (long) columns * L,
        (from, to) -> {
          Block block = Pool.global().allocate(ALL, "cross entropy");
          try {
            for (long tile = from; tile < to; tile++) {
              body.run(tile * L, Math.min(rows, (tile + 1) * L), block.address());
            }
          } finally {
            block.free();
          }
        });
  }

  static void forward(Arguments a, long loss) {
    float all = a.allWeights();
    int columns = a.columns;
    tiles(
        a.rows,
        columns,
        (from, to, buffer) -> {
          exponentials(a, from, to, buffer);
          logarithms(buffer + SUMS);
          for (long row = from; row < to; row++) {
            long label = a.label(row);
            float result = 0;
            if (label != a.ignoreIndex) {
              long x = a.logits + row * columns * 4;
              double max = Mem.get(buffer + MAXIMA + (row - from) * 4);
              double log = Mem.get(buffer + SUMS + (row - from) * 4);
              double own = log - (Mem.get(x + label * 4) - max);
              double value = (1.0 - a.labelSmoothing) * a.weight(label) * own;
              if (a.labelSmoothing != 0) {
                float weighted = 0;
                for (int c = 0; c < columns; c++) {
                  weighted = Math.fma(a.weight(c), Mem.get(x + c * 4L), weighted);
                }
                value += a.labelSmoothing / columns * (all * (log + max) - weighted);
              }
              result = (float) value;
            }
            Mem.set(loss + row * 4, result);
          }
        });
  }

  static void gradient(Arguments a, long slopes, long dlogits) {
    float all = a.allWeights();
    int columns = a.columns;
    long bytes = (long) columns * 4;
    tiles(
        a.rows,
        columns,
        (from, to, buffer) -> {
          exponentials(a, from, to, buffer);
          for (long row = from; row < to; row++) {
            long label = a.label(row);
            float factor = 0;
            if (label != a.ignoreIndex) {
              float slope = Mem.get(slopes + row * 4);
              float own = slope * (1 - a.labelSmoothing) * a.weight(label);
              factor = own + slope * a.labelSmoothing / columns * all;
            }
            Mem.set(buffer + FACTORS + (row - from) * 4, factor);
          }
          scale(buffer, columns);
          TileTranspose.run(
              buffer,
              BYTES,
              columns,
              (int) (to - from),
              dlogits + from * bytes,
              bytes,
              (int) (to - from),
              columns,
              Scratch.address());
          for (long row = from; row < to; row++) {
            long label = a.label(row);
            long dx = dlogits + row * bytes;
            if (label == a.ignoreIndex) {
              for (int c = 0; c < columns; c++) {
                Mem.set(dx + c * 4L, 0);
              }
              continue;
            }
            float slope = Mem.get(slopes + row * 4);
            if (a.labelSmoothing != 0) {
              float other = slope * a.labelSmoothing / columns;
              for (int c = 0; c < columns; c++) {
                Mem.set(dx + c * 4L, Mem.get(dx + c * 4L) - other * a.weight(c));
              }
            }
            float own = slope * (1 - a.labelSmoothing) * a.weight(label);
            Mem.set(dx + label * 4, Mem.get(dx + label * 4) - own);
          }
        });
  }

  /** The tile of some rows, its maxima, its exponentials and their sums. */
  private static void exponentials(Arguments a, long from, long to, long buffer) {
    long bytes = (long) a.columns * 4;
    TileTranspose.run(
        a.logits + from * bytes,
        bytes,
        (int) (to - from),
        a.columns,
        buffer,
        BYTES,
        a.columns,
        L,
        Scratch.address());
    maxima(buffer, a.columns);
    exponentials(buffer, a.columns);
  }

  /** NaN is passed over, see {@link SoftmaxKernel}. */
  private static void maxima(long buffer, int columns) {
    FloatVector max = FloatVector.broadcast(F, Float.NEGATIVE_INFINITY);
    for (int c = 0; c < columns; c++) {
      FloatVector x =
          FloatVector.fromMemorySegment(F, Mem.ALL, buffer + (long) c * BYTES, Mem.ORDER);
      max = max.blend(x, x.compare(VectorOperators.GT, max));
    }
    max.intoMemorySegment(Mem.ALL, buffer + MAXIMA, Mem.ORDER);
  }

  private static void exponentials(long buffer, int columns) {
    FloatVector max = FloatVector.fromMemorySegment(F, Mem.ALL, buffer + MAXIMA, Mem.ORDER);
    FloatVector sum = FloatVector.zero(F);
    for (int c = 0; c < columns; c++) {
      long at = buffer + (long) c * BYTES;
      FloatVector e =
          VectorMath.exp(FloatVector.fromMemorySegment(F, Mem.ALL, at, Mem.ORDER).sub(max));
      e.intoMemorySegment(Mem.ALL, at, Mem.ORDER);
      sum = sum.add(e);
    }
    sum.intoMemorySegment(Mem.ALL, buffer + SUMS, Mem.ORDER);
  }

  private static void logarithms(long at) {
    VectorMath.log(FloatVector.fromMemorySegment(F, Mem.ALL, at, Mem.ORDER))
        .intoMemorySegment(Mem.ALL, at, Mem.ORDER);
  }

  /** The exponentials times each row's factor over its sum. */
  private static void scale(long buffer, int columns) {
    FloatVector factor =
        FloatVector.fromMemorySegment(F, Mem.ALL, buffer + FACTORS, Mem.ORDER)
            .div(FloatVector.fromMemorySegment(F, Mem.ALL, buffer + SUMS, Mem.ORDER));
    for (int c = 0; c < columns; c++) {
      long at = buffer + (long) c * BYTES;
      FloatVector.fromMemorySegment(F, Mem.ALL, at, Mem.ORDER)
          .mul(factor)
          .intoMemorySegment(Mem.ALL, at, Mem.ORDER);
    }
  }
}
