package dev.lanewise.kernel.product;

import static dev.lanewise.kernel.vector.Lanes.BYTES;
import static dev.lanewise.kernel.vector.Lanes.L;

import dev.lanewise.blas.BlasChoice;
import dev.lanewise.kernel.block.BlockKernel;
import dev.lanewise.kernel.block.BlockKernels;
import dev.lanewise.kernel.block.BlockSpec;
import dev.lanewise.kernel.block.Epilogue;
import dev.lanewise.kernel.block.RowBlocks;
import dev.lanewise.kernel.team.Scratch;
import dev.lanewise.kernel.team.Team;
import dev.lanewise.kernel.vector.Caches;
import dev.lanewise.kernel.vector.Lanes;

/**
 * Matrix products whose left side fits into the second cache level: each thread brings it there
 * once, where it lies, and all panels of B pass by. A copy of A in the order of the kernels would
 * take a fifteenth of a cube of 512.
 *
 * <p>A panel of B, 32 columns, is copied in slices, of 256 steps (32 KB, which stay in a first
 * cache level of 48 KB) or more, while all blocks of rows pass by; C is added to for each slice but
 * the first, best out of the second level. {@link SmallGemm} does the same with short slices, for
 * few rows.
 */
final class MediumGemm {
  private static final int WIDTH = 2 * L;

  /** Bytes of a step of a copied panel. */
  private static final long STEP = 2L * BYTES;

  /**
   * Steps of a slice: 256 with a second cache level of 2 MB, where half as many are up to 4% slower
   * and as many again no faster. A level of 1 MB does not keep C beside A until it is added to, so
   * there are to be fewer slices then: 512 steps are 3 to 6% faster than 256.
   */
  private static final int SLICE = Caches.L2 < 2 << 20 ? 512 : 256;

  private static final long LEAST = 1L << 24;

  /**
   * Bytes of A: half of a second cache level of 2 MB, which C and B pass through, too. With a level
   * of 1 MB, a MB of A is still better read in place than packed: 512x1024x512 by a tenth.
   */
  private static final long MOST_OF_A = 1200L << 10;

  /** Rows from which copying panels of B costs little. */
  private static final int LEAST_ROWS = 256;

  /** Bytes between rows of B from which they are better packed in longer pieces than a panel. */
  private static final long FAR = 16L << 10;

  /**
   * Rows of A that are about so many bytes apart, or a multiple, share a few sets of a first cache
   * level.
   */
  private static final int ALIAS = 4096;

  private static final boolean AVAILABLE =
      L == 16 && BlockKernels.anyBlock() && !BlasChoice.openBlasForced();

  /** Whether this is the way for C = A B; by sizes and places alone. */
  static boolean suits(boolean transA, boolean transB, int m, int n, int k, int lda, int ldb) {
    long row = (long) lda * Float.BYTES;
    return AVAILABLE
        && !transA
        && m >= LEAST_ROWS
        && n % WIDTH % L == 0
        && Math.min(n, k) >= 2 * WIDTH
        && (long) m * n * k > LEAST
        && m * row <= MOST_OF_A
        && row % ALIAS >= ALIAS / 8
        && row % ALIAS <= ALIAS / 8 * 7
        && (transB || (long) ldb * Float.BYTES < FAR);
  }

  private final RowBlocks rows;
  private final long aRow;
  private final long cRow;

  private MediumGemm(int m, int lda, int ldc) {
    rows = RowBlocks.even(m, FullyConnected.ROWS);
    aRow = (long) lda * Float.BYTES;
    cRow = (long) ldc * Float.BYTES;
  }

  /** C = A B for what {@link #suits}; addresses are raw, leading dimensions elements. */
  static void multiply(
      boolean transB, int m, int n, int k, long a, int lda, long b, int ldb, long c, int ldc) {
    new MediumGemm(m, lda, ldc).multiply(transB, n, k, a, b, ldb, c);
  }

  private void multiply(boolean transB, int n, int k, long a, long b, int ldb, long c) {
    int steps = Lanes.roundUp(Math.ceilDiv(k, Math.ceilDiv(k, SLICE)));
    long bRow = (long) ldb * Float.BYTES;
    long bColumn = transB ? bRow : Float.BYTES;
    long bStep = transB ? Float.BYTES : bRow;
    boolean more = k > steps;
    int narrow = n % WIDTH / L;
    Kernels start = kernels(2, Epilogue.STORE);
    Kernels rest = more ? kernels(2, Epilogue.ACCUMULATE) : start;
    Kernels lastStart = narrow > 0 ? kernels(narrow, Epilogue.STORE) : start;
    Kernels lastRest = narrow > 0 && more ? kernels(narrow, Epilogue.ACCUMULATE) : rest;
    Team.global()
        .run(
            Math.ceilDiv(n, WIDTH),
            panel -> {
              int column = panel * WIDTH;
              int wide = Math.min(WIDTH, n - column);
              long buffer =
                  Scratch.address(Scratch.BYTES + steps * STEP + PanelPacking.SLACK_BYTES);
              long copy = buffer + Scratch.BYTES;
              long sums = c + (long) column * Float.BYTES;
              for (int step = 0; step < k; step += steps) {
                int depth = Math.min(steps, k - step);
                long from = b + column * bColumn + step * bStep;
                if (wide == WIDTH && !transB) {
                  PanelPacking.copyPairs(from, bRow, depth, copy, STEP);
                } else {
                  PanelPacking.pack(from, bRow, transB, wide, depth, wide, copy, buffer);
                }
                Kernels first = wide == WIDTH ? start : lastStart;
                Kernels later = wide == WIDTH ? rest : lastRest;
                long left = a + (long) step * Float.BYTES;
                allRows(step == 0 ? first : later, left, copy, wide, depth, sums);
              }
            });
  }

  /** The kernels of both heights of blocks. */
  private record Kernels(BlockKernel high, BlockKernel low) {}

  private Kernels kernels(int vectors, Epilogue epilogue) {
    BlockKernel high = BlockKernels.get(BlockSpec.strided(rows.high(), vectors, aRow, epilogue));
    BlockKernel low =
        rows.low() == 0
            ? high
            : BlockKernels.get(BlockSpec.strided(rows.high() - 1, vectors, aRow, epilogue));
    return new Kernels(high, low);
  }

  /** A slice of a panel with all rows of A. */
  private void allRows(Kernels kernels, long a, long b, int wide, int depth, long c) {
    long bStep = (long) wide * Float.BYTES;
    for (int block = 0; block < rows.count(); block++) {
      int row = rows.first(block);
      BlockKernel kernel = rows.height(block) == rows.high() ? kernels.high : kernels.low;
      long from = a + row * aRow;
      long to = c + row * cRow;
      kernel.run(from, Float.BYTES, b, bStep, BYTES, depth, 1, 0, 0, 1, 0, 0, to, cRow, BYTES, 0);
    }
  }
}
