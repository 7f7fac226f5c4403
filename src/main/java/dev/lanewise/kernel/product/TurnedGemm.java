package dev.lanewise.kernel.product;

import static dev.lanewise.kernel.vector.Lanes.BYTES;
import static dev.lanewise.kernel.vector.Lanes.L;

import dev.lanewise.kernel.block.BlockKernel;
import dev.lanewise.kernel.block.BlockKernels;
import dev.lanewise.kernel.block.BlockSpec;
import dev.lanewise.kernel.block.Epilogue;
import dev.lanewise.kernel.block.RowBlocks;
import dev.lanewise.kernel.elementwise.TileTranspose;
import dev.lanewise.kernel.team.Scratch;
import dev.lanewise.kernel.team.Team;
import dev.lanewise.kernel.vector.Caches;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Matrix products of few rows and long sums with a transposed B, as Cᵀ = Bᵀ Aᵀ: the rows of B, read
 * where they lie, give the elements one by one, and the rows of A the lanes. To bring B into the
 * order of {@link SmallGemm} takes a sixth of the time; A is a fraction of it, and lies right
 * already if it is transposed, too. The blocks of C are turned as they are finished.
 *
 * <p>The work is cut between blocks of B's rows, and then between panels of A's. The last panel
 * moves back to be whole: some sums are computed twice.
 */
final class TurnedGemm {
  private static final int VECTORS = 2;
  private static final int WIDTH = VECTORS * L;

  /** Bytes of a step of a panel. */
  private static final long STEP = (long) VECTORS * BYTES;

  /** Steps up to which sums are not long, and {@link SmallGemm} copies little. */
  private static final int SHORT = 256;

  /** Rows beyond which each thread would pack too much of A. */
  private static final int MOST_ROWS = 128;

  /** How many times as large B is at least, where A has to be packed. */
  private static final int LARGER = 4;

  /** Of how many rows one may be computed twice. */
  private static final int WASTE = 8;

  /** Bytes of A: half of a second-level cache, through which B passes, too. */
  private static final long MOST_OF_A = Caches.L2 / 2;

  /** Elements of B: both threads' second-level caches. */
  private static final long MOST_OF_B = 1L << 20;

  /** Rows of a transposed A up to so many bytes apart are read where they lie. */
  private static final int NEAR = 512;

  /** The number of the product for which a thread has packed A. */
  private static final class Packed {
    long product;
  }

  private static final ThreadLocal<Packed> PACKED = ThreadLocal.withInitial(Packed::new);

  private static final AtomicLong PRODUCTS = new AtomicLong();

  private TurnedGemm() {}

  /** Whether this is the way for C = A B; by sizes and places alone. */
  static boolean suits(boolean transA, boolean transB, int m, int n, int k, int ldb) {
    return BlasRule.BLOCK_KERNELS
        && transB
        && m >= WIDTH
        && m <= MOST_ROWS
        && WASTE * (Math.ceilDiv(m, WIDTH) * WIDTH - m) <= m
        && n >= (transA ? 2 * WIDTH : LARGER * m)
        && k > SHORT
        && (long) m * k * Float.BYTES <= MOST_OF_A
        && (long) n * k <= MOST_OF_B
        && (long) ldb * Float.BYTES % FullyConnected.PAGE != 0;
  }

  /** C = A B for what {@link #suits}; addresses are raw, leading dimensions elements. */
  static void multiply(
      boolean transA, int m, int n, int k, long a, int lda, long b, int ldb, long c, int ldc) {
    long aRow = transA ? Float.BYTES : (long) lda * Float.BYTES;
    long bRow = (long) ldb * Float.BYTES;
    long cRow = (long) ldc * Float.BYTES;
    boolean inPlace = transA && lda * Float.BYTES <= NEAR;
    int panels = Math.ceilDiv(m, WIDTH);
    RowBlocks rows = RowBlocks.even(n, FullyConnected.ROWS);
    BlockKernel high = kernel(rows.high(), bRow);
    BlockKernel low = rows.low() == 0 ? high : kernel(rows.high() - 1, bRow);
    long tileBytes = FullyConnected.ROWS * STEP;
    long panelBytes = inPlace ? 0 : k * STEP;
    // Each thread packs A for itself: half of it from the other one's cache would take longer.
    long product = PRODUCTS.incrementAndGet();
    // B may be larger than the second-level caches, and be multiplied again soon.
    Team.global()
        .runTurning(
            rows.count() * panels,
            part -> {
              int block = part / panels;
              int panel = part % panels;
              int column = rows.first(block);
              int height = rows.height(block);
              int row = firstRow(panel, m);
              // No other kernel uses it between the parts of a region.
              long buffer =
                  Scratch.address(
                      Scratch.BYTES + tileBytes + panels * panelBytes + PanelPacking.SLACK_BYTES);
              long tile = buffer + Scratch.BYTES;
              long copy = tile + tileBytes;
              Packed packed = PACKED.get();
              if (!inPlace && packed.product != product) {
                packed.product = product;
                for (int p = 0; p < panels; p++) {
                  long from = a + firstRow(p, m) * aRow;
                  long to = copy + p * panelBytes;
                  long stride = (long) lda * Float.BYTES;
                  PanelPacking.pack(from, stride, !transA, WIDTH, k, WIDTH, to, buffer);
                }
              }
              (height == rows.high() ? high : low)
                  .run(
                      b + column * bRow,
                      Float.BYTES,
                      inPlace ? a + row * aRow : copy + panel * panelBytes,
                      inPlace ? (long) lda * Float.BYTES : STEP,
                      BYTES,
                      k,
                      1,
                      0,
                      0,
                      1,
                      0,
                      0,
                      tile,
                      STEP,
                      BYTES,
                      0);
              long to = c + row * cRow + (long) column * Float.BYTES;
              for (int v = 0; v < VECTORS; v++) {
                TileTranspose.run(
                    tile + (long) v * BYTES,
                    STEP,
                    height,
                    L,
                    to + v * (L * cRow),
                    cRow,
                    L,
                    height,
                    buffer);
              }
            });
  }

  private static int firstRow(int panel, int m) {
    return Math.min(panel * WIDTH, m - WIDTH);
  }

  private static BlockKernel kernel(int rows, long bRow) {
    return BlockKernels.get(BlockSpec.strided(rows, VECTORS, bRow, Epilogue.STORE));
  }
}
