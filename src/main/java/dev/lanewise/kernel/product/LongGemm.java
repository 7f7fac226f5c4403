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
 * linear layers of sequences are. Parts of the rows sum into a C of their own, which stays in the
 * second cache level, and these are added. Both sides are read where they lie, in slices of rows
 * that stay there, too, while the kernels fetch the next slice from memory, as for {@link
 * TallGemm}.
 */
final class LongGemm {
  /** Rows from which it is the better way. */
  private static final int LEAST = 1024;

  /** Rows of a part, about, where there are enough for some parts. */
  private static final int PART = 1024;

  /** Parts at least, for some threads. */
  private static final int FEWEST_PARTS = 4;

  /** Rows of a slice, about: with sides of 256 and 128 columns 192 KB. */
  private static final int SLICE = 128;

  /** Rows of C below which most of a block is idle. */
  private static final int LOWEST = 10;

  /** Bytes of C beside which the second level has room for a slice. */
  private static final long MOST_OF_C = Caches.L2 / 4;

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
        && (long) m * n * Float.BYTES <= MOST_OF_C;
  }

  /**
   * C = Aᵀ B, or C + Aᵀ B, for what {@link #suits}; addresses are raw, leading dimensions elements,
   * and C has no gaps.
   *
   * @param add whether to add to what C is
   */
  static void multiply(int m, int n, int k, long a, int lda, long b, int ldb, boolean add, long c) {
    int parts = Math.max(FEWEST_PARTS, k / PART);
    long size = (long) m * n * Float.BYTES;
    MatrixRows left = new MatrixRows(a, lda, m);
    MatrixRows right = new MatrixRows(b, ldb, n);
    TileProduct start = new TileProduct(m, n, Float.BYTES, Epilogue.STORE, true);
    TileProduct more = new TileProduct(m, n, Float.BYTES, Epilogue.ACCUMULATE, true);
    Block sums = Pool.global().allocate(parts * size, "matrix product");
    try {
      long to = sums.address();
      Team.global()
          .run(
              parts,
              part -> {
                int first = Chunks.first(part, parts, k);
                int rows = Chunks.first(part + 1, parts, k) - first;
                int slices = Math.ceilDiv(rows, SLICE);
                int next = first + Chunks.first(1, slices, rows);
                // Nobody has fetched the first ones.
                left.read(first, next);
                right.read(first, next);
                int from = first;
                for (int slice = 0; slice < slices; slice++) {
                  int end = first + Chunks.first(Math.min(slices, slice + 2), slices, rows);
                  TileProduct product = slice == 0 ? start : more;
                  product.inPlace(
                      next - from,
                      left.at(from),
                      left.bytes(),
                      right.at(from),
                      right.bytes(),
                      to + part * size,
                      (long) n * Float.BYTES,
                      MatrixRows.ahead(left, right, next, end));
                  from = next;
                  next = end;
                }
              });
      Chunks.run(
          (long) m * n,
          parts + 1L,
          (from, end) -> {
            long target = c + from * Float.BYTES;
            for (int part = 0; part < parts; part++) {
              long source = to + part * size + from * Float.BYTES;
              if (part == 0 && !add) {
                VectorMemory.copy(source, target, (int) (end - from));
              } else {
                Elementwise.accumulateRange(target, source, (int) (end - from));
              }
            }
          });
    } finally {
      sums.free();
    }
  }
}
