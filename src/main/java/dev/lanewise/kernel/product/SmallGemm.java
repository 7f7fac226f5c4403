package dev.lanewise.kernel.product;

import static dev.lanewise.kernel.vector.Lanes.BYTES;
import static dev.lanewise.kernel.vector.Lanes.L;

import dev.lanewise.kernel.block.BlockKernel;
import dev.lanewise.kernel.block.BlockKernels;
import dev.lanewise.kernel.block.BlockSpec;
import dev.lanewise.kernel.block.Epilogue;
import dev.lanewise.kernel.block.RowBlocks;
import dev.lanewise.kernel.team.Chunks;
import dev.lanewise.kernel.team.Scratch;
import dev.lanewise.kernel.team.Team;
import dev.lanewise.kernel.vector.Caches;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.kernel.vector.VectorMemory;

/**
 * Matrix products whose operands lie in the caches, or that have few rows: packing both operands
 * would take as long as a quarter of the multiply-adds. A is read where it lies, its elements one
 * by one, and so are the vectors of B, unless B is transposed, its rows lie far apart, or the sums
 * are long.
 *
 * <p>A panel of B with many steps does not stay in the first-level cache, the less so as rows some
 * kilobytes apart share a few of its sets: each block of rows would fetch it anew, out of step with
 * the prefetchers. So the steps of a long sum pass by in slices, the slice of a panel is copied
 * once, and stays there while all blocks pass by; C, a few kilobytes of it, is added to. A
 * first-level cache of 32 KB has no room for a slice that is worth its copy: there the second level
 * holds the panel, a few times as many steps of it, where it lies.
 *
 * <p>The work is cut between columns of C. Panels at the edge, and the last of few blocks, move
 * back to be whole: some sums are computed twice, nothing is padded.
 */
final class SmallGemm {
  private static final int VECTORS = 2;
  private static final int WIDTH = VECTORS * L;

  /** Bytes of a step of a copied panel. */
  private static final long STEP = (long) VECTORS * BYTES;

  /** Multiply-adds, a cube of 64; OpenBLAS takes a cube of 48 in two thirds of the time. */
  private static final long LEAST = 1L << 18;

  /** Multiply-adds, a cube of 256: beyond, packed operands are faster, unless rows are few. */
  private static final long MOST = 1L << 24;

  /** Rows below which packed operands are not faster beyond {@link #MOST} either. */
  private static final int FEW_ROWS = 96;

  /** Elements of B up to which few rows are better off here: both threads' second-level caches. */
  private static final long MOST_OF_B = 1L << 20;

  /** Steps below which a block is mostly prologue. */
  private static final int FEWEST_STEPS = 32;

  /** Steps of a sum that is not long: a panel of B takes two thirds of 48 KB. */
  private static final int MOST_STEPS = 256;

  /** Bytes of a step: those of a panel of B, and 64 rows of A. */
  private static final long BOTH = STEP + 64L * Float.BYTES;

  /**
   * Steps of a slice that is copied: a panel of B and 64 rows of A then fill a first-level cache,
   * 16 and 32 KB of 48. With slices of 200 steps a transposed A, whose lines share a quarter of the
   * sets, and B push each other out: 4 to 9% slower on one thread.
   */
  private static final int NEAR_STEPS = (int) (Caches.L1 / BOTH);

  /**
   * Whether panels of long sums are copied, slice by slice. With 32 KB (Zen 4, one multiply-add a
   * cycle, behind which the second level hides) slices of 64 to 192 steps are all slower by a sixth
   * to a quarter than the panel where it lies.
   */
  private static final boolean NEAR = NEAR_STEPS >= 96;

  /** Steps of a slice: else the operands may take half of a second-level cache. */
  private static final int SLICE = NEAR ? NEAR_STEPS : (int) (Caches.L2 / 2 / BOTH);

  /** Blocks of rows from which a copy of a panel pays: it takes 7 cycles a step, a block 13. */
  private static final int READERS = 4;

  /**
   * Bytes between rows of B from which a panel is copied even if its sums are in one piece: a
   * kilobyte apart, its lines share an eighth of the sets, and each block of rows would fetch them
   * from the second-level cache anew. A cube of 256 gains 4 to 15% by it, one of 192 nothing.
   */
  private static final int SHARING_SETS = 1024;

  /**
   * Rows from which blocks are even, by two kernels, rather than alike by one, the last of which
   * computes some rows twice: that takes up to a sixth of the time. With fewer rows the second
   * kernel costs more: cubes of 64 take 3.2 instead of 2.7 µs.
   */
  private static final int MANY_ROWS = 128;

  /** Panels from which one more for one of two threads does not matter. */
  private static final int MANY_PANELS = 16;

  /** Bytes between rows from which they share too few sets of a first-level cache. */
  private static final int FAR = 4096;

  private SmallGemm() {}

  /** Whether this is the way for C = A B; by sizes and places alone. */
  static boolean suits(boolean transA, boolean transB, int m, int n, int k, int lda, int ldb) {
    if (!BlasRule.BLOCK_KERNELS
        || m < FullyConnected.ROWS
        || n < WIDTH
        || n % L != 0
        || k < FEWEST_STEPS) {
      return false;
    }
    long work = (long) m * n * k;
    boolean far = (long) ldb * Float.BYTES >= FAR;
    if (longSums(m, n, k)) {
      far = !transA && (long) lda * Float.BYTES >= FAR;
      boolean few = m < FEW_ROWS && (long) n * k <= MOST_OF_B;
      return !far && (work <= MOST || few);
    }
    return work >= LEAST && work <= MOST && !far && (long) lda * Float.BYTES < FAR;
  }

  /** Whether the sums are long enough, and the rows enough, for slices of a panel. */
  private static boolean longSums(int m, int n, int k) {
    return k > MOST_STEPS && m > (READERS - 1) * FullyConnected.ROWS && n % WIDTH == 0;
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
    boolean longSums = longSums(m, n, k);
    boolean sliced = longSums && k > SLICE;
    int most = FullyConnected.ROWS;
    boolean even = longSums || m >= MANY_ROWS;
    RowBlocks rows = even ? RowBlocks.even(m, most) : RowBlocks.alike(m, most);
    int blocks = rows.count();
    int panels = Math.ceilDiv(n, WIDTH);
    int steps = sliced ? Lanes.roundUp(Math.ceilDiv(k, Math.ceilDiv(k, SLICE))) : k;
    long aRow = transA ? Float.BYTES : (long) lda * Float.BYTES;
    long aStep = transA ? (long) lda * Float.BYTES : Float.BYTES;
    long bRow = (long) ldb * Float.BYTES;
    boolean pays = longSums ? NEAR : bRow >= SHARING_SETS && m >= MANY_ROWS;
    boolean copied = transB || pays;
    long bColumn = transB ? bRow : Float.BYTES;
    long bStep = transB ? Float.BYTES : bRow;
    long cRow = (long) ldc * Float.BYTES;
    Epilogue epilogue = sliced ? Epilogue.ACCUMULATE : Epilogue.STORE;
    BlockKernel high = kernel(rows.high(), aRow, epilogue);
    BlockKernel low = rows.low() == 0 ? high : kernel(rows.high() - 1, aRow, epilogue);
    // An even number of parts, for two threads; panels are copied twice for it.
    int down = panels % 2 == 0 || panels > MANY_PANELS ? 1 : Math.min(2, blocks);
    // B may be larger than the second-level caches, and be multiplied again soon.
    Team.global()
        .runTurning(
            panels * down,
            part -> {
              int firstBlock = Chunks.first(part % down, down, blocks);
              int lastBlock = Chunks.first(part % down + 1, down, blocks);
              int column = Math.min(part / down * WIDTH, n - WIDTH);
              long sums = c + (long) column * Float.BYTES;
              for (int row = rows.first(firstBlock); sliced && row < rows.first(lastBlock); row++) {
                VectorMemory.zeroVectors(sums + row * cRow, VECTORS);
              }
              long copy = copied ? Scratch.BYTES + steps * STEP + PanelPacking.SLACK_BYTES : 0;
              long buffer = copied ? Scratch.address(copy) : 0;
              for (int step = 0; step < k; step += steps) {
                int depth = Math.min(steps, k - step);
                long panel = b + column * bColumn + step * bStep;
                if (copied) {
                  copy(transB, panel, bRow, depth, buffer);
                  panel = buffer + Scratch.BYTES;
                }
                for (int block = firstBlock; block < lastBlock; block++) {
                  int row = rows.first(block);
                  (rows.height(block) == rows.high() ? high : low)
                      .run(
                          a + row * aRow + step * aStep,
                          aStep,
                          panel,
                          copied ? STEP : bRow,
                          BYTES,
                          depth,
                          1,
                          0,
                          0,
                          1,
                          0,
                          0,
                          sums + row * cRow,
                          cRow,
                          BYTES,
                          0);
                }
              }
            });
  }

  /** Some steps of a panel, to the thread's memory behind the buffer. */
  private static void copy(boolean transB, long panel, long bRow, int depth, long buffer) {
    long copy = buffer + Scratch.BYTES;
    if (transB) {
      PanelPacking.pack(panel, bRow, true, WIDTH, depth, WIDTH, copy, buffer);
    } else {
      PanelPacking.copyPairs(panel, bRow, depth, copy, STEP);
    }
  }

  private static BlockKernel kernel(int rows, long aRow, Epilogue epilogue) {
    return BlockKernels.get(BlockSpec.strided(rows, VECTORS, aRow, epilogue));
  }
}
