package dev.lanewise.kernel.norm;

import static dev.lanewise.kernel.vector.Lanes.BYTES;
import static dev.lanewise.kernel.vector.Lanes.L;

import dev.lanewise.kernel.team.Chunks;
import dev.lanewise.kernel.team.Scratch;
import dev.lanewise.kernel.vector.Mem;
import dev.lanewise.kernel.vector.Operand;
import dev.lanewise.kernel.vector.VectorMemory;
import dev.lanewise.memory.Block;
import dev.lanewise.memory.Pool;
import org.jspecify.annotations.Nullable;

/**
 * Rows brought to mean 0 and mean square 1, then scaled and shifted column by column: what layer,
 * group, instance and root-mean-square normalisation have in common. A row is read from memory
 * once, forward and backward: deviations are taken from the mean in a second look at it, from the
 * cache, which keeps all digits.
 */
public final class RowNormKernel {
  /** Rows that are added up in one chain, at most, as {@code Reduction} does it with columns. */
  private static final int CHAIN = 128;

  /**
   * Pieces of rows, about, where rows are long: the sums of each need the memory of two rows, so
   * there should not be more than balance the threads.
   */
  private static final int PIECES = 32;

  /** Where in a thread's scratch memory the loops have room for the vectors of two sums. */
  private static final int SUMS = 2 * BYTES;

  private RowNormKernel() {}

  /**
   * y = (x - m) / sqrt(mean((x - m)²) + eps) weight + bias, row by row.
   *
   * @param x rows * columns elements
   * @param weight one float a column; null for ones
   * @param bias one float a column; null for zeros
   * @param y as many as x, overwritten; may be x
   * @param mean m, one float a row, overwritten; null where m is to be 0
   * @param inverse one float a row, overwritten: what the differences were multiplied with
   */
  public static void forward(
      Operand x,
      @Nullable Operand weight,
      @Nullable Operand bias,
      Operand y,
      @Nullable Operand mean,
      Operand inverse,
      long rows,
      int columns,
      float eps) {
    long source = Operand.address(x);
    long target = Operand.address(y);
    long weights = address(weight);
    long biases = address(bias);
    long means = address(mean);
    long inverses = Operand.address(inverse);
    long bytes = (long) columns * 4;
    Chunks.run(
        rows,
        columns,
        (from, to) -> {
          long plain = plain();
          long w = weights == 0 ? plain : weights;
          long b = biases == 0 ? plain + BYTES : biases;
          for (long row = from; row < to; row++) {
            long at = source + row * bytes;
            float average = 0;
            if (means != 0) {
              average = SoftmaxRows.sum(at, columns, plain + SUMS) / columns;
              Mem.set(means + row * 4, average);
            }
            float square = RowNormLoops.squares(at, average, columns, plain + SUMS) / columns;
            float factor = (float) (1 / Math.sqrt((double) square + eps));
            Mem.set(inverses + row * 4, factor);
            RowNormLoops.scaled(
                at,
                average,
                factor,
                w,
                mask(weights),
                b,
                mask(biases),
                target + row * bytes,
                columns);
          }
        });
  }

  /** 0 for none. */
  private static long address(@Nullable Operand operand) {
    return operand == null ? 0 : Operand.address(operand);
  }

  /** What offsets are masked with: without an operand the same vector serves all columns. */
  private static long mask(long operand) {
    return operand == 0 ? 0 : -1;
  }

  /** In scratch memory: a vector of weights, 1, and one of biases, -0, which change no bit. */
  private static long plain() {
    long scratch = Scratch.address();
    VectorMemory.fill(scratch, 1, L);
    VectorMemory.fill(scratch + BYTES, -0f, L);
    return scratch;
  }

  /** The operands of a gradient, 0 for those that are not there. */
  private record Gradient(
      long dy, long x, long weight, long means, long inverses, long dx, int columns) {
    /** Rows of dx, where there is one, and what they add to the sums, where these are not 0. */
    void run(long from, long to, long dweight, long dbias) {
      long plain = plain();
      long w = weight == 0 ? plain : weight;
      for (long row = from; row < to; row++) {
        long at = row * columns * 4;
        float mean = means == 0 ? 0 : Mem.get(means + row * 4);
        float inverse = Mem.get(inverses + row * 4);
        if (dweight != 0) {
          RowNormLoops.added(dy + at, x + at, mean, inverse, dweight, dbias, columns);
        }
        if (dx != 0) {
          RowNormLoops.slopes(dy + at, x + at, mean, w, mask(weight), plain + SUMS, columns);
          float shift = means == 0 ? 0 : Mem.get(plain + SUMS) / columns;
          float slope = Mem.get(plain + SUMS + 4) / columns * inverse;
          RowNormLoops.projected(
              dy + at,
              x + at,
              mean,
              inverse,
              shift,
              -slope * inverse,
              w,
              mask(weight),
              dx + at,
              columns);
        }
      }
    }
  }

  /**
   * The gradients of {@link #forward}, with g = dy weight and x̂ = (x - mean) inverse: dx = (g -
   * mean(g) - x̂ mean(g x̂)) inverse, the first mean only where rows were centred, dweight = Σ dy
   * x̂ and dbias = Σ dy, both over the rows.
   *
   * @param dy rows * columns elements
   * @param x the input of the forward pass
   * @param weight as in the forward pass
   * @param mean from the forward pass; null where there was none
   * @param inverse from the forward pass
   * @param dx overwritten; may be dy; null where not wanted
   * @param dweight one float a column, overwritten; null where not wanted
   * @param dbias the same
   */
  public static void gradient(
      Operand dy,
      Operand x,
      @Nullable Operand weight,
      @Nullable Operand mean,
      Operand inverse,
      @Nullable Operand dx,
      @Nullable Operand dweight,
      @Nullable Operand dbias,
      long rows,
      int columns) {
    Gradient gradient =
        new Gradient(
            Operand.address(dy),
            Operand.address(x),
            address(weight),
            address(mean),
            Operand.address(inverse),
            address(dx),
            columns);
    if (dweight == null && dbias == null) {
      Chunks.run(rows, columns, (from, to) -> gradient.run(from, to, 0, 0));
      return;
    }
    long size = piece(rows, columns);
    int pieces = Math.toIntExact(Math.max(1, Math.ceilDiv(rows, size)));
    int vectors = Math.ceilDiv(columns, L);
    long row = (long) vectors * BYTES;
    Block scratch = Pool.global().allocate(2 * row * pieces, "rowNorm");
    try {
      long parts = scratch.address();
      Chunks.run(
          pieces,
          size * columns,
          (first, end) -> {
            for (long piece = first; piece < end; piece++) {
              long part = parts + piece * 2 * row;
              VectorMemory.zeroVectors(part, 2 * vectors);
              gradient.run(piece * size, Math.min(rows, (piece + 1) * size), part, part + row);
            }
          });
      Chunks.runBetween(
          2L * vectors,
          (long) pieces * L,
          (first, end) -> {
            for (long vector = first; vector < end; vector++) {
              together(parts, pieces, 2 * row, (int) vector);
            }
          });
      if (dweight != null) {
        VectorMemory.copy(parts, Operand.address(dweight), columns);
      }
      if (dbias != null) {
        VectorMemory.copy(parts + row, Operand.address(dbias), columns);
      }
    } finally {
      scratch.free();
    }
  }

  /** The rows of a piece: enough to be work, but one chain, and few pieces of long rows. */
  private static long piece(long rows, int columns) {
    long least = Math.ceilDiv(Chunks.GRAIN, columns);
    return Math.clamp(Math.max(least, Math.ceilDiv(rows, PIECES)), 1, CHAIN);
  }

  /**
   * Adds up a vector of all parts in the first of them: in turns, none of which is a long chain.
   */
  private static void together(long parts, int pieces, long step, int vector) {
    for (int count = pieces; count > 1; count = Math.ceilDiv(count, CHAIN)) {
      for (int first = 0; first < count; first += CHAIN) {
        ChannelSums.added(
            parts + first * step,
            Math.min(CHAIN, count - first),
            step,
            vector,
            parts + first / CHAIN * step);
      }
    }
  }
}
