package dev.lanewise.kernel.product;

import static dev.lanewise.kernel.vector.Lanes.L;

import dev.lanewise.kernel.block.Epilogue;
import dev.lanewise.kernel.team.Chunks;
import dev.lanewise.kernel.team.Scratch;
import dev.lanewise.kernel.team.Team;
import dev.lanewise.kernel.vector.Caches;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.kernel.vector.VectorMemory;
import dev.lanewise.memory.Block;
import dev.lanewise.memory.Pool;

/**
 * Products of many rows with a small right side, as the linear layers of sequences have them: B is
 * packed once and stays in the second cache level, in panels of 32 columns, and a few blocks of
 * rows of A at a time, read where they lie, meet all of them. With many more rows, and where the
 * third level is near, it may as well come from there. So A comes from memory once, and C goes
 * there once; a bias begins the sums of a block while the block is in the first level. Long sums
 * are cut into slices, each with panels of its own.
 *
 * <p>In a network both come from memory, and what is waited for takes a fifth of the time
 * (docs/notes/products.md). So the kernels fetch the lines of A and C that the next blocks will
 * need, a few in each call: then products are as fast as on operands in the third level.
 */
final class TallGemm {
  private static final int WIDTH = TileProduct.WIDTH;

  /** Rows from which packing B takes less than a fiftieth of the multiply-adds. */
  private static final int LEAST_ROWS = 512;

  /** Steps below which a block is mostly prologue. */
  private static final int FEWEST_STEPS = 32;

  /** Steps of a sum: more are taken in slices, with panels of 64 KB. */
  private static final int SLICE = 512;

  /** Bytes of B beside which the second level has room for what passes by. */
  private static final long MOST_OF_B = Caches.L2 / 4;

  /** Rows from which a larger B is packed next to nothing, too. */
  private static final int MANY_ROWS = 2048;

  /**
   * Bytes of B for so many rows. What comes from the third level hides behind the multiply-adds
   * where that is near; where it is far, it was not measured.
   */
  private static final long MOST_OF_B_FOR_MANY =
      Caches.NEAR_THIRD_LEVEL ? 3L * Caches.L2 : MOST_OF_B;

  /** Blocks of rows that meet all panels together, while their kernels fetch the next ones. */
  private static final int TOGETHER = 2;

  /** Blocks of rows of one task. */
  private static final int TASK = 16;

  /**
   * Rows of A that are so many bytes apart, or a multiple, share a set of a first cache level, and
   * are copied to where they do not, some at a time; where the third level is far, that was not
   * measured.
   */
  private static final int ALIAS = 4096;

  /** How far from that they have to be. */
  private static final int APART = 256;

  private TallGemm() {}

  /** Whether this is the way for C = A B; by sizes and places alone. */
  static boolean suits(boolean transA, int m, int n, int k, int lda) {
    long row = (long) lda * Float.BYTES;
    return BlasRule.BLOCK_KERNELS
        && !transA
        && m >= LEAST_ROWS
        && n >= WIDTH
        && n % L == 0
        && k >= FEWEST_STEPS
        && (k <= SLICE || m >= MANY_ROWS && Caches.NEAR_THIRD_LEVEL)
        && (long) n * k * Float.BYTES <= (m < MANY_ROWS ? MOST_OF_B : MOST_OF_B_FOR_MANY)
        && (Caches.NEAR_THIRD_LEVEL || !alias(row));
  }

  /**
   * C = A B, or C + A B, or A B and a bias added to each row, for what {@link #suits}; addresses
   * are raw, leading dimensions elements.
   *
   * @param add whether to add to what C is
   * @param bias the address of n numbers; 0 for none, and where C is added to
   */
  static void multiply(
      boolean transB,
      int m,
      int n,
      int k,
      long a,
      int lda,
      long b,
      int ldb,
      boolean add,
      long bias,
      long c,
      int ldc) {
    int panels = Math.ceilDiv(n, WIDTH);
    int slices = Math.ceilDiv(k, SLICE);
    long stepBytes = (long) panels * WIDTH * Float.BYTES;
    Block packed =
        Pool.global().allocate(k * stepBytes + PanelPacking.SLACK_BYTES, "matrix product");
    try {
      long right = packed.address();
      long bRow = (long) ldb * Float.BYTES;
      long bColumn = transB ? bRow : Float.BYTES;
      long bStep = transB ? Float.BYTES : bRow;
      Team.global()
          .run(
              slices * panels,
              task -> {
                int first = Chunks.first(task / panels, slices, k);
                int steps = Chunks.first(task / panels + 1, slices, k) - first;
                int panel = task % panels;
                int column = panel * WIDTH;
                int wide = Math.min(WIDTH, n - column);
                long from = b + column * bColumn + first * bStep;
                long to = right + first * stepBytes + (long) panel * steps * WIDTH * Float.BYTES;
                long buffer = Scratch.address(PanelPacking.BUFFER_BYTES);
                PanelPacking.pack(from, bRow, transB, wide, steps, wide, to, buffer);
              });
      long aRow = (long) lda * Float.BYTES;
      long cRow = (long) ldc * Float.BYTES;
      Epilogue epilogue = add || bias != 0 ? Epilogue.ACCUMULATE : Epilogue.STORE;
      boolean copies = alias(aRow);
      int most = Math.ceilDiv(k, slices);
      long rowBytes = copies ? (long) Lanes.roundUp(most) * Float.BYTES + APART : aRow;
      TileProduct start = new TileProduct(m, n, rowBytes, epilogue, true);
      TileProduct more =
          slices == 1 ? start : new TileProduct(m, n, rowBytes, Epilogue.ACCUMULATE, true);
      int blocks = start.blocks();
      MatrixRows left = new MatrixRows(a, lda, k);
      MatrixRows sums = new MatrixRows(c, ldc, n);
      Team.global()
          .run(
              Math.ceilDiv(blocks, TASK),
              part -> {
                int first = part * TASK;
                int end = Math.min(blocks, first + TASK);
                int row = start.row(first);
                int met = start.row(Math.min(end, first + TOGETHER));
                // Nobody has fetched the first ones.
                left.read(row, met);
                sums.read(row, met);
                Ahead ahead = new Ahead(2);
                for (int block = first; block < end; block += TOGETHER) {
                  int next = Math.min(end, block + TOGETHER);
                  int last = Math.min(end, next + TOGETHER);
                  ahead.clear();
                  sums.addTo(ahead, start.row(next), start.row(last));
                  left.addTo(ahead, start.row(next), start.row(last));
                  for (int slice = 0; slice < slices; slice++) {
                    int step = Chunks.first(slice, slices, k);
                    int steps = Chunks.first(slice + 1, slices, k) - step;
                    long from = a + (long) step * Float.BYTES;
                    if (copies) {
                      MatrixRows source = new MatrixRows(from, lda, steps);
                      from = copy(source, start.row(block), start.row(next), rowBytes);
                    }
                    ahead.turn(slice, slices);
                    (slice == 0 ? start : more)
                        .packedBlocks(
                            block,
                            next,
                            steps,
                            from,
                            Float.BYTES,
                            right + step * stepBytes,
                            slice == 0 ? bias : 0,
                            c,
                            cRow,
                            ahead);
                  }
                }
              });
    } finally {
      packed.free();
    }
  }

  private static boolean alias(long row) {
    return row % ALIAS < APART || row % ALIAS > ALIAS - APART;
  }

  /**
   * Brings some rows to where they are not far apart.
   *
   * @return where the first row of all would be then
   */
  private static long copy(MatrixRows rows, int first, int end, long rowBytes) {
    long to = Scratch.address((end - first) * rowBytes);
    for (int row = first; row < end; row++) {
      VectorMemory.copy(rows.at(row), to + (row - first) * rowBytes, rows.columns());
    }
    return to - first * rowBytes;
  }
}
