package dev.lanewise.kernel.norm;

import static dev.lanewise.kernel.vector.Lanes.BYTES;
import static dev.lanewise.kernel.vector.Lanes.F;
import static dev.lanewise.kernel.vector.Lanes.L;

import dev.lanewise.kernel.elementwise.Elementwise;
import dev.lanewise.kernel.elementwise.TileTranspose;
import dev.lanewise.kernel.elementwise.UnaryRange;
import dev.lanewise.kernel.elementwise.VectorFunction;
import dev.lanewise.kernel.elementwise.VectorMath;
import dev.lanewise.kernel.team.Chunks;
import dev.lanewise.kernel.team.Scratch;
import dev.lanewise.kernel.vector.Mem;
import dev.lanewise.memory.Block;
import dev.lanewise.memory.Pool;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * The cross entropy of few classes, at most one vector of them: {@link SoftmaxKernel} calls it for
 * these. The lanes are rows here. With three classes, a vector along a row would be idle for the
 * most part, and the maximum, sum and logarithm of each row would be a chain of its own. Logits in
 * batch lanes lie so already; others are transposed.
 *
 * <p>The steps hand their vectors on in memory: the exponential and the logarithm are long enough
 * for methods of their own.
 */
final class NarrowCrossEntropy {
  /**
   * Bytes of a tile, [column][row]. In the buffer are one of exponentials, one of logits that had
   * to be transposed, and one vector each of what a row has.
   */
  private static final long TILE = (long) L * BYTES;

  private static final long LOGITS = TILE;
  private static final long MAXIMA = 2 * TILE;
  private static final long SUMS = MAXIMA + BYTES;

  /** The label as a number; of rows that do not count, and beyond the last, {@link #NONE}. */
  private static final long LABELS = SUMS + BYTES;

  /** The weight of the label; 0 where it does not count. */
  private static final long WEIGHTS = LABELS + BYTES;

  private static final long SLOPES = WEIGHTS + BYTES;
  private static final long RESULT = SLOPES + BYTES;
  private static final long ALL = RESULT + BYTES;

  private static final float NONE = -1;

  /**
   * The logarithm's own loop, which holds its code: where that has been compiled by itself before,
   * a call of it here would put two vectors on the heap (docs/adr/0005).
   */
  private static final UnaryRange LOGARITHM = Elementwise.loop(new Logarithm());

  /** ln x. */
  record Logarithm() implements VectorFunction {
    @Override
    public FloatVector f(FloatVector x) {
      return VectorMath.log(x);
    }

    @Override
    public float f(float x) {
      return (float) Math.log(x);
    }
  }

  /** The arguments of both passes, see {@link SoftmaxKernel#crossEntropy}. */
  record Arguments(
      long logits,
      boolean lanes,
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
      return weights == 0 ? columns : SoftmaxRows.sum(weights, columns);
    }

    /** What each weight contributes of the smoothed labels. */
    private float other() {
      return labelSmoothing / columns;
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
    tiles(
        a.rows,
        a.columns,
        (from, to, buffer) -> {
          int rows = (int) (to - from);
          long x = tile(a, from, rows, buffer);
          labels(a, from, rows, buffer);
          maxima(x, a.columns, buffer);
          exponentials(x, a.columns, buffer);
          LOGARITHM.run(buffer + SUMS, buffer + SUMS, L);
          losses(a, x, all, buffer);
          write(buffer + RESULT, loss + from * 4, rows);
        });
  }

  static void gradient(Arguments a, long slopes, long dlogits) {
    float all = a.allWeights();
    long bytes = (long) a.columns * 4;
    tiles(
        a.rows,
        a.columns,
        (from, to, buffer) -> {
          int rows = (int) (to - from);
          long x = tile(a, from, rows, buffer);
          labels(a, from, rows, buffer);
          if (rows < L) {
            FloatVector.zero(F).intoMemorySegment(Mem.ALL, buffer + SLOPES, Mem.ORDER);
          }
          write(slopes + from * 4, buffer + SLOPES, rows);
          maxima(x, a.columns, buffer);
          exponentials(x, a.columns, buffer);
          factors(a, all, buffer);
          long target = a.lanes ? dlogits + from * bytes : buffer;
          gradients(a, buffer, target);
          if (!a.lanes) {
            TileTranspose.run(
                buffer,
                BYTES,
                a.columns,
                rows,
                dlogits + from * bytes,
                bytes,
                rows,
                a.columns,
                Scratch.address());
          }
        });
  }

  /** Copies at most one vector. */
  private static void write(long from, long to, int n) {
    if (n == L) {
      FloatVector.fromMemorySegment(F, Mem.ALL, from, Mem.ORDER)
          .intoMemorySegment(Mem.ALL, to, Mem.ORDER);
    } else {
      Scratch.copyFew(from, to, n);
    }
  }

  /** Where the logits of some rows are in [column][row]. */
  private static long tile(Arguments a, long from, int rows, long buffer) {
    long bytes = (long) a.columns * 4;
    long source = a.logits + from * bytes;
    if (a.lanes) {
      return source;
    }
    long logits = buffer + LOGITS;
    TileTranspose.run(
        source, bytes, rows, a.columns, logits, BYTES, a.columns, L, Scratch.address());
    return logits;
  }

  /** Fills labels and weights. */
  private static void labels(Arguments a, long from, int rows, long buffer) {
    for (int i = 0; i < L; i++) {
      long label = i < rows ? Mem.ALL.get(Mem.LONG, a.labels + (from + i) * 8) : a.ignoreIndex;
      boolean counts = label != a.ignoreIndex;
      Mem.set(buffer + LABELS + i * 4L, counts ? label : NONE);
      Mem.set(buffer + WEIGHTS + i * 4L, counts ? a.weight(label) : 0);
    }
  }

  /** NaN is passed over, see {@link SoftmaxKernel}. */
  private static void maxima(long x, int columns, long buffer) {
    FloatVector max = FloatVector.broadcast(F, Float.NEGATIVE_INFINITY);
    for (int c = 0; c < columns; c++) {
      FloatVector value =
          FloatVector.fromMemorySegment(F, Mem.ALL, x + (long) c * BYTES, Mem.ORDER);
      max = max.blend(value, value.compare(VectorOperators.GT, max));
    }
    max.intoMemorySegment(Mem.ALL, buffer + MAXIMA, Mem.ORDER);
  }

  /** The exponentials into the buffer, and their sums. */
  private static void exponentials(long x, int columns, long buffer) {
    FloatVector max = FloatVector.fromMemorySegment(F, Mem.ALL, buffer + MAXIMA, Mem.ORDER);
    FloatVector sum = FloatVector.zero(F);
    for (int c = 0; c < columns; c++) {
      long at = (long) c * BYTES;
      FloatVector e =
          VectorMath.expUpToZero(
              FloatVector.fromMemorySegment(F, Mem.ALL, x + at, Mem.ORDER).sub(max));
      e.intoMemorySegment(Mem.ALL, buffer + at, Mem.ORDER);
      sum = sum.add(e);
    }
    sum.intoMemorySegment(Mem.ALL, buffer + SUMS, Mem.ORDER);
  }

  /**
   * The loss of each row: (1 - s) w (ln Σ - (x - max)) of its label, and the share s of the others,
   * with the shift taken out of their sum.
   */
  private static void losses(Arguments a, long tile, float all, long buffer) {
    FloatVector log = FloatVector.fromMemorySegment(F, Mem.ALL, buffer + SUMS, Mem.ORDER);
    FloatVector max = FloatVector.fromMemorySegment(F, Mem.ALL, buffer + MAXIMA, Mem.ORDER);
    FloatVector labels = FloatVector.fromMemorySegment(F, Mem.ALL, buffer + LABELS, Mem.ORDER);
    FloatVector own = FloatVector.zero(F);
    FloatVector weighted = FloatVector.zero(F);
    for (int c = 0; c < a.columns; c++) {
      FloatVector x = FloatVector.fromMemorySegment(F, Mem.ALL, tile + (long) c * BYTES, Mem.ORDER);
      own = own.blend(x, labels.compare(VectorOperators.EQ, c));
      weighted = x.fma(FloatVector.broadcast(F, a.weight(c)), weighted);
    }
    FloatVector result =
        FloatVector.fromMemorySegment(F, Mem.ALL, buffer + WEIGHTS, Mem.ORDER)
            .mul(1 - a.labelSmoothing)
            .mul(log.sub(own.sub(max)));
    if (a.labelSmoothing != 0) {
      result = log.add(max).mul(all).sub(weighted).mul(a.other()).add(result);
    }
    result
        .blend(0, labels.compare(VectorOperators.LT, 0))
        .intoMemorySegment(Mem.ALL, buffer + RESULT, Mem.ORDER);
  }

  /** What each row's exponentials are multiplied with. */
  private static void factors(Arguments a, float all, long buffer) {
    FloatVector slope = FloatVector.fromMemorySegment(F, Mem.ALL, buffer + SLOPES, Mem.ORDER);
    FloatVector.fromMemorySegment(F, Mem.ALL, buffer + WEIGHTS, Mem.ORDER)
        .mul(1 - a.labelSmoothing)
        .add(a.other() * all)
        .mul(slope)
        .div(FloatVector.fromMemorySegment(F, Mem.ALL, buffer + SUMS, Mem.ORDER))
        .intoMemorySegment(Mem.ALL, buffer + RESULT, Mem.ORDER);
  }

  private static void gradients(Arguments a, long buffer, long target) {
    FloatVector factor = FloatVector.fromMemorySegment(F, Mem.ALL, buffer + RESULT, Mem.ORDER);
    FloatVector slope = FloatVector.fromMemorySegment(F, Mem.ALL, buffer + SLOPES, Mem.ORDER);
    FloatVector labels = FloatVector.fromMemorySegment(F, Mem.ALL, buffer + LABELS, Mem.ORDER);
    FloatVector own =
        FloatVector.fromMemorySegment(F, Mem.ALL, buffer + WEIGHTS, Mem.ORDER)
            .mul(1 - a.labelSmoothing)
            .mul(slope);
    VectorMask<Float> out = labels.compare(VectorOperators.LT, 0);
    for (int c = 0; c < a.columns; c++) {
      long at = (long) c * BYTES;
      FloatVector dx =
          FloatVector.fromMemorySegment(F, Mem.ALL, buffer + at, Mem.ORDER)
              .mul(factor)
              .sub(slope.mul(a.other() * a.weight(c)));
      dx.blend(dx.sub(own), labels.compare(VectorOperators.EQ, c))
          .blend(0, out)
          .intoMemorySegment(Mem.ALL, target + at, Mem.ORDER);
    }
  }
}
