package dev.lanewise.kernel;

import static dev.lanewise.kernel.Lanes.BYTES;
import static dev.lanewise.kernel.Lanes.L;

import dev.lanewise.blas.BlasChoice;

/**
 * Matrix products whose operands all lie in the caches, where packing would take as long as a
 * quarter of the multiply-adds: A is read where it lies, its elements one by one, and so are the
 * vectors of B, unless B is transposed. The work is cut between columns of C, so that each thread
 * has a part of B in its first-level cache, and A in its second.
 *
 * <p>Blocks at the edges move back to be whole: some sums are computed twice, nothing is padded.
 */
final class SmallGemm {
  private static final int VECTORS = 2;
  private static final int WIDTH = VECTORS * L;

  /** Multiply-adds, a cube of 64; OpenBLAS takes a cube of 48 in two thirds of the time. */
  private static final long LEAST = 1L << 18;

  /** Multiply-adds, a cube of 256: beyond, and in B's long rows, packed operands are faster. */
  private static final long MOST = 1L << 24;

  /** Steps below which a block is mostly prologue. */
  private static final int FEWEST_STEPS = 32;

  /** Bytes between rows from which they share too few sets of a first-level cache. */
  private static final int FAR = 4096;

  private static final boolean AVAILABLE =
      L == 16 && BlockKernels.anyBlock() && !BlasChoice.openBlasForced();

  private SmallGemm() {}

  /** Whether this is the way for C = A B; by sizes and places alone. */
  static boolean suits(int m, int n, int k, int lda, int ldb) {
    return AVAILABLE
        && m >= FullyConnected.ROWS
        && n >= WIDTH
        && n % L == 0
        && k >= FEWEST_STEPS
        && (long) m * n * k >= LEAST
        && (long) m * n * k <= MOST
        && Math.max(lda, ldb) * (long) Float.BYTES < FAR;
  }

  /** C = A B for what {@link #suits}; addresses are raw, leading dimensions elements. */
  static void multiply(
      boolean transA,
      boolean transB,
      int m,
      int n,
      int k,
      long a,
      int lda,
      long b,
      int ldb,
      long c,
      int ldc) {
    int high = rows(m);
    int blocks = (m + high - 1) / high;
    int panels = (n + WIDTH - 1) / WIDTH;
    long aRow = (long) lda * Float.BYTES;
    long bRow = (long) ldb * Float.BYTES;
    long cRow = (long) ldc * Float.BYTES;
    BlockKernel kernel =
        BlockKernels.get(
            transA
                ? BlockSpec.packed(high, VECTORS, Epilogue.STORE)
                : BlockSpec.strided(high, VECTORS, aRow, Epilogue.STORE));
    // An even number of parts, for two threads; panels of a transposed B are packed twice for it.
    int down = panels % 2 == 0 ? 1 : Math.min(2, blocks);
    Team.global()
        .run(
            panels * down,
            part -> {
              int lastBlock = (part % down + 1) * blocks / down;
              int column = Math.min(part / down * WIDTH, n - WIDTH);
              long panel = b + (long) column * Float.BYTES;
              if (transB) {
                long bytes = (long) k * WIDTH * Float.BYTES + PanelPacking.SLACK_BYTES;
                long buffer = Scratch.address(Scratch.BYTES + bytes);
                panel = buffer + Scratch.BYTES;
                PanelPacking.pack(b + column * bRow, bRow, true, WIDTH, k, WIDTH, panel, buffer);
              }
              for (int block = part % down * blocks / down; block < lastBlock; block++) {
                int row = Math.min(block * high, m - high);
                kernel.run(
                    transA ? a + (long) row * Float.BYTES : a + row * aRow,
                    transA ? aRow : Float.BYTES,
                    panel,
                    transB ? (long) VECTORS * BYTES : bRow,
                    BYTES,
                    k,
                    1,
                    0,
                    0,
                    1,
                    0,
                    0,
                    c + row * cRow + (long) column * Float.BYTES,
                    cRow,
                    BYTES,
                    0);
              }
            });
  }

  /** Rows of a block: the size that computes the fewest rows twice. */
  private static int rows(int m) {
    int most = FullyConnected.ROWS;
    int fewer = most - 1;
    return (m + most - 1) / most * most <= (m + fewer - 1) / fewer * fewer ? most : fewer;
  }
}
