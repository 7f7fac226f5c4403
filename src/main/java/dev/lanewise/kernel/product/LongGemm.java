package dev.lanewise.kernel.product;

import static dev.lanewise.kernel.vector.Lanes.L;

import dev.lanewise.kernel.block.Epilogue;
import dev.lanewise.kernel.elementwise.Elementwise;
import dev.lanewise.kernel.team.Chunks;
import dev.lanewise.kernel.team.Team;
import dev.lanewise.kernel.vector.Caches;
import dev.lanewise.kernel.vector.VectorMemory;
import dev.lanewise.memory.Block;
import dev.lanewise.memory.Pool;

/**
 * Products of two sides with many rows, C = Aᵀ B with a small C, as the gradients of the weights of
 * linear layers of sequences are. Parts of the rows sum into a C of their own, stripe by stripe of
 * its rows, so that a stripe stays in the second cache level, and these are added. Both sides are
 * read where they lie, in slices of rows that stay there, too, while the kernels fetch the next
 * slice from memory, as for {@link TallGemm}.
 */
final class LongGemm {
  /** Rows from which it is the better way. */
  private static final int LEAST = 1024;

  /** Rows of a part, about, where there are enough for some parts. */
  private static final int PART = 1024;

  /** Tasks at least, for some threads. */
  private static final int FEWEST_TASKS = 4;

  /** Rows of a slice, about: with sides of 256 and 128 columns 192 KB. */
  private static final int SLICE = 128;

  /** Rows of C below which most of a block is idle. */
  private static final int LOWEST = 10;

  /** Bytes of a stripe of C, beside which the second level has room for a slice. */
  private static final long STRIPE = Caches.L2 / 4;

  /** Bytes of a C of some stripes, for each of which B is read; not measured where that is far. */
  private static final long MOST_OF_C = Caches.NEAR_THIRD_LEVEL ? Caches.L2 : STRIPE;

  /** Columns of such a C: a quarter of the second level is a slice of B then. */
  private static final long WIDEST = Caches.L2 / 4 / (SLICE * Float.BYTES);

  private LongGemm() {}

  /** Whether this is the way for C = A B; by sizes alone. */
  static boolean suits(boolean transA, boolean transB, int m, int n, int k) {
    return BlasRule.BLOCK_KERNELS
        && transA
        && !transB
        && m >= LOWEST
        && n >= L
        && n % L == 0
        && k >= LEAST
        && (long) m * n * Float.BYTES <= (n <= WIDEST ? MOST_OF_C : STRIPE);
  }

  /**
   * C = Aᵀ B, or C + Aᵀ B, for what {@link #suits}; addresses are raw, leading dimensions elements,
   * and C has no gaps.
   *
   * @param add whether to add to what C is
   */
  static void multiply(int m, int n, int k, long a, int lda, long b, int ldb, boolean add, long c) {
    long row = (long) n * Float.BYTES;
    int stripes = (int) Math.min(Math.ceilDiv(m * row, STRIPE), Math.ceilDiv(m, L));
    int parts = Math.max(Math.ceilDiv(FEWEST_TASKS, stripes), k / PART);
    TileProduct[] start = new TileProduct[stripes];
    TileProduct[] more = new TileProduct[stripes];
    for (int stripe = 0; stripe < stripes; stripe++) {
      int height = column(stripe + 1, stripes, m) - column(stripe, stripes, m);
      more[stripe] = new TileProduct(height, n, Float.BYTES, Epilogue.ACCUMULATE, true);
      start[stripe] =
          parts == 1 && add
              ? more[stripe]
              : new TileProduct(height, n, Float.BYTES, Epilogue.STORE, true);
    }
    long size = m * row;
    // One part sums into C itself.
    Block sums = parts == 1 ? null : Pool.global().allocate(parts * size, "matrix product");
    try {
      long to = sums == null ? c : sums.address();
      Team.global()
          .run(
              parts * stripes,
              task -> {
                int part = task / stripes;
                int stripe = task % stripes;
                int first = Chunks.first(part, parts, k);
                int end = Chunks.first(part + 1, parts, k);
                MatrixRows left = left(a, lda, stripe, stripes, m);
                MatrixRows right = new MatrixRows(b, ldb, n);
                long target = to + part * size + column(stripe, stripes, m) * row;
                sum(left, right, first, end, start[stripe], more[stripe], target, row);
              });
      if (parts > 1) {
        add(to, parts, (long) m * n, add, c);
      }
    } finally {
      if (sums != null) {
        sums.free();
      }
    }
  }

  /** The sum of all parts of so many elements, one behind the other, and perhaps of C. */
  private static void add(long sums, int parts, long elements, boolean add, long c) {
    Chunks.run(
        elements,
        parts + 1L,
        (from, end) -> {
          long target = c + from * Float.BYTES;
          for (int part = 0; part < parts; part++) {
            long source = sums + (part * elements + from) * Float.BYTES;
            if (part == 0 && !add) {
              VectorMemory.copy(source, target, (int) (end - from));
            } else {
              Elementwise.accumulateRange(target, source, (int) (end - from));
            }
          }
        });
  }

  /** The first column of A of a stripe: at a cache line, if A is. */
  private static int column(int stripe, int stripes, int m) {
    return Math.min(m, Chunks.first(stripe, stripes, Math.ceilDiv(m, L)) * L);
  }

  private static MatrixRows left(long a, int lda, int stripe, int stripes, int m) {
    int column = column(stripe, stripes, m);
    return new MatrixRows(
        a + (long) column * Float.BYTES, lda, column(stripe + 1, stripes, m) - column);
  }

  /** What some rows sum up to. */
  private static void sum(
      MatrixRows left,
      MatrixRows right,
      int first,
      int end,
      TileProduct start,
      TileProduct more,
      long c,
      long cRow) {
    int rows = end - first;
    int slices = Math.ceilDiv(rows, SLICE);
    int next = first + Chunks.first(1, slices, rows);
    // Nobody has fetched the first ones.
    left.read(first, next);
    right.read(first, next);
    Ahead ahead = new Ahead(2);
    int from = first;
    for (int slice = 0; slice < slices; slice++) {
      int last = first + Chunks.first(Math.min(slices, slice + 2), slices, rows);
      ahead.clear();
      left.addTo(ahead, next, last);
      right.addTo(ahead, next, last);
      TileProduct product = slice == 0 ? start : more;
      product.inPlace(
          next - from, left.at(from), left.bytes(), right.at(from), right.bytes(), c, cRow, ahead);
      from = next;
      next = last;
    }
  }
}
