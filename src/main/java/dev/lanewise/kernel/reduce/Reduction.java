package dev.lanewise.kernel.reduce;

import dev.lanewise.kernel.elementwise.Elementwise;
import dev.lanewise.kernel.team.Chunks;
import dev.lanewise.kernel.template.Specializer;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.kernel.vector.Operand;
import dev.lanewise.kernel.vector.VectorMemory;
import dev.lanewise.memory.Block;
import dev.lanewise.memory.Pool;
import java.lang.invoke.MethodHandles;
import org.jspecify.annotations.Nullable;

/**
 * Reductions over one range of dimensions: x is seen as {@code [outer][reduce][inner]}, the result
 * is {@code [outer][inner]}, both contiguous float32.
 *
 * <p>Long reductions are cut into pieces whose results are reduced in turn: for parallel work, and
 * because the rounding error of a sum grows with the length of its longest chain. The pieces depend
 * on the sizes only.
 */
public final class Reduction {
  /** The longest row that is reduced at once: chains of 64 additions in each lane. */
  private static final int ROW_PIECE = 256 * Lanes.L;

  /** The most rows that are added up in one chain, where the lanes run over columns. */
  private static final int COLUMN_PIECE = 128;

  /** Columns of one item of work. */
  private static final int COLUMNS = 1024;

  private static final ReduceRange SUM = reduction(new ReduceFormula.Sum());

  /** Defined when one of them is needed: a training step adds only. */
  private static final class Others {
    static final ReduceRange PRODUCT = reduction(new ReduceFormula.Product());
    static final ReduceRange MAX = reduction(new ReduceFormula.Max());
    static final ReduceRange MIN = reduction(new ReduceFormula.Min());
    static final ChoiceRange CHOOSE_MAX = choice(new ReduceFormula.Max());
    static final ChoiceRange CHOOSE_MIN = choice(new ReduceFormula.Min());
  }

  private Reduction() {}

  private static ReduceRange reduction(ReduceFormula formula) {
    return Specializer.specialise(
        MethodHandles.lookup(), ReduceLoop.class, formula, ReduceRange.class);
  }

  private static ChoiceRange choice(ReduceFormula.Choice formula) {
    return Specializer.specialise(
        MethodHandles.lookup(), ChoiceLoop.class, formula, ChoiceRange.class);
  }

  /**
   * y[o][i] = scale * sum over r of x[o][r][i]; zero where there is nothing to add.
   *
   * @param x outer * reduce * inner elements
   * @param y outer * inner elements, overwritten
   * @param outer dimensions before those reduced
   * @param reduce dimensions reduced
   * @param inner dimensions behind those reduced
   * @param scale factor of every sum: 1 for a sum, 1 / reduce for a mean
   */
  public static void sum(Operand x, Operand y, long outer, long reduce, long inner, float scale) {
    reduce(SUM, 0, Operand.address(x), Operand.address(y), outer, reduce, inner);
    if (scale != 1) {
      Elementwise.scale(y, scale, outer * inner);
    }
  }

  /** Defines the loop of sums, if it is not there yet. */
  public static void prepare() {}

  /** y[o][i] = product over r of x[o][r][i]; one where there is nothing to multiply. */
  public static void prod(Operand x, Operand y, long outer, long reduce, long inner) {
    reduce(Others.PRODUCT, 1, Operand.address(x), Operand.address(y), outer, reduce, inner);
  }

  /**
   * The maximum over r of x[o][r][i]; NaN where one of them is.
   *
   * @param x outer * reduce * inner elements
   * @param y outer * inner elements, overwritten
   * @param argmaxInt64 the index r of the first maximum (the first NaN, if there is one), as 64-bit
   *     numbers; null if not wanted
   * @param outer dimensions before those reduced
   * @param reduce dimensions reduced, at least 1
   * @param inner dimensions behind those reduced
   */
  public static void max(
      Operand x, Operand y, @Nullable Operand argmaxInt64, long outer, long reduce, long inner) {
    if (argmaxInt64 == null) {
      float none = Float.NEGATIVE_INFINITY;
      reduce(Others.MAX, none, Operand.address(x), Operand.address(y), outer, reduce, inner);
    } else {
      choose(Others.CHOOSE_MAX, x, y, argmaxInt64, outer, reduce, inner);
    }
  }

  /** The minimum over r of x[o][r][i], and its index: see {@link #max}. */
  public static void min(
      Operand x, Operand y, @Nullable Operand argminInt64, long outer, long reduce, long inner) {
    if (argminInt64 == null) {
      float none = Float.POSITIVE_INFINITY;
      reduce(Others.MIN, none, Operand.address(x), Operand.address(y), outer, reduce, inner);
    } else {
      choose(Others.CHOOSE_MIN, x, y, argminInt64, outer, reduce, inner);
    }
  }

  /**
   * y[c] = sum over pixels and lanes of x: the gradient of a bias in the layout of batch lanes.
   *
   * @param x pixels * channels * L floats, padding lanes zero
   * @param y one float per channel, overwritten
   * @param pixels blocks of the batch times rows times columns
   * @param channels how many
   */
  public static void sumLanes(Operand x, Operand y, long pixels, int channels) {
    long vectors = (long) channels * Lanes.L;
    Block lanes = Pool.global().allocate(vectors * 4, "reduction");
    try {
      reduce(SUM, 0, Operand.address(x), lanes.address(), 1, pixels, vectors);
      reduce(SUM, 0, lanes.address(), Operand.address(y), channels, Lanes.L, 1);
    } finally {
      lanes.free();
    }
  }

  private static void reduce(
      ReduceRange loop, float none, long x, long y, long outer, long reduce, long inner) {
    if (reduce == 0) {
      Chunks.run(
          outer * inner, 1, (from, to) -> VectorMemory.fill(y + from * 4, none, (int) (to - from)));
    } else if (inner == 1) {
      rows(loop, x, y, outer, reduce);
    } else {
      columns(loop, x, y, outer, reduce, inner);
    }
  }

  private static void rows(ReduceRange loop, long x, long y, long rows, long n) {
    if (n <= ROW_PIECE) {
      if (Chunks.single(rows * n)) {
        loop.rows(x, y, (int) rows, (int) n);
        return;
      }
      Chunks.run(
          rows,
          n,
          (from, to) -> loop.rows(x + from * n * 4, y + from * 4, (int) (to - from), (int) n));
      return;
    }
    long pieces = Math.ceilDiv(n, (long) ROW_PIECE);
    Block partial = Pool.global().allocate(rows * pieces * 4, "reduction");
    try {
      long results = partial.address();
      Chunks.run(
          rows * pieces,
          ROW_PIECE,
          (from, to) -> {
            for (long item = from; item < to; item++) {
              long start = item % pieces * ROW_PIECE;
              loop.rows(
                  x + (item / pieces * n + start) * 4,
                  results + item * 4,
                  1,
                  (int) Math.min(ROW_PIECE, n - start));
            }
          });
      rows(loop, results, y, rows, pieces);
    } finally {
      partial.free();
    }
  }

  private static void columns(
      ReduceRange loop, long x, long y, long outer, long reduce, long inner) {
    if (reduce <= COLUMN_PIECE) {
      if (outer == 1 && Chunks.single(reduce * inner)) {
        loop.columns(x, inner * 4, (int) reduce, y, (int) inner);
        return;
      }
      long blocks = Math.ceilDiv(inner, (long) COLUMNS);
      Chunks.run(
          outer * blocks,
          reduce * Math.min(COLUMNS, inner),
          (from, to) -> {
            for (long item = from; item < to; item++) {
              long column = item % blocks * COLUMNS;
              long o = item / blocks;
              loop.columns(
                  x + (o * reduce * inner + column) * 4,
                  inner * 4,
                  (int) reduce,
                  y + (o * inner + column) * 4,
                  (int) Math.min(COLUMNS, inner - column));
            }
          });
      return;
    }
    long pieces = Math.ceilDiv(reduce, (long) COLUMN_PIECE);
    Block partial = Pool.global().allocate(outer * pieces * inner * 4, "reduction");
    try {
      long results = partial.address();
      long blocks = Math.ceilDiv(inner, (long) COLUMNS);
      Chunks.run(
          outer * pieces * blocks,
          Math.ceilDiv(reduce, pieces) * Math.min(COLUMNS, inner),
          (from, to) -> {
            for (long item = from; item < to; item++) {
              long column = item % blocks * COLUMNS;
              long start = item / blocks % pieces * COLUMN_PIECE;
              long o = item / blocks / pieces;
              loop.columns(
                  x + ((o * reduce + start) * inner + column) * 4,
                  inner * 4,
                  (int) Math.min(COLUMN_PIECE, reduce - start),
                  results + (item / blocks * inner + column) * 4,
                  (int) Math.min(COLUMNS, inner - column));
            }
          });
      columns(loop, results, y, outer, pieces, inner);
    } finally {
      partial.free();
    }
  }

  private static void choose(
      ChoiceRange loop, Operand x, Operand y, Operand index, long outer, long reduce, long inner) {
    long values = Operand.address(x);
    long best = Operand.address(y);
    long chosen = Operand.address(index);
    int turns = Math.toIntExact(reduce);
    if (turns == 0) {
      throw new IllegalArgumentException("There is no maximum or minimum of 0 elements.");
    }
    if (inner == 1) {
      Chunks.run(
          outer,
          reduce,
          (from, to) ->
              loop.rows(
                  values + from * reduce * 4,
                  best + from * 4,
                  chosen + from * 8,
                  (int) (to - from),
                  turns));
      return;
    }
    long blocks = Math.ceilDiv(inner, (long) COLUMNS);
    Chunks.run(
        outer * blocks,
        reduce * Math.min(COLUMNS, inner),
        (from, to) -> {
          for (long item = from; item < to; item++) {
            long column = item % blocks * COLUMNS;
            long o = item / blocks;
            loop.columns(
                values + (o * reduce * inner + column) * 4,
                inner * 4,
                turns,
                best + (o * inner + column) * 4,
                chosen + (o * inner + column) * 8,
                (int) Math.min(COLUMNS, inner - column));
          }
        });
  }
}
