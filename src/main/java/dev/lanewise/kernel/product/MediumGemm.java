package dev.lanewise.kernel.product;

import static dev.lanewise.kernel.vector.Lanes.BYTES;
import static dev.lanewise.kernel.vector.Lanes.L;

import dev.lanewise.kernel.block.BlockKernel;
import dev.lanewise.kernel.block.BlockKernels;
import dev.lanewise.kernel.block.BlockSpec;
import dev.lanewise.kernel.block.Epilogue;
import dev.lanewise.kernel.block.RowBlocks;
import dev.lanewise.kernel.elementwise.TileTranspose;
import dev.lanewise.kernel.team.ChunkTask;
import dev.lanewise.kernel.team.Chunks;
import dev.lanewise.kernel.team.Scratch;
import dev.lanewise.kernel.team.Team;
import dev.lanewise.kernel.vector.Caches;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.memory.Block;
import dev.lanewise.memory.Pool;

/**
 * Matrix products whose left side is read where it lies, while all panels of B, of 32 columns, pass
 * by: a copy of A in the order of the kernels would take a fifteenth of a cube of 512.
 *
 * <p>Where the third cache level is far, A has to fit into the second, and each thread brings it
 * there once. A panel is copied in slices, of 256 steps (32 KB, which stay in a first level of 48
 * KB) or more, while all blocks of rows pass by; C is added to for each slice but the first, best
 * out of the second level. {@link SmallGemm} does the same with short slices, for few rows.
 *
 * <p>Where the third level is near, it is the panel that stays in the second level, with all its
 * steps, and A comes from the third for each of them, along its rows, behind the multiply-adds. So
 * no sum is ever taken up again. A plain B need not even be copied: its lines come to the second
 * level with the first block of rows, or, where B is so large that it comes from memory, while the
 * blocks of the panel before it are multiplied. A transposed A is turned first, if C has so many
 * columns that this does not matter.
 */
final class MediumGemm {
  private static final int WIDTH = 2 * L;

  /** Bytes of a step of a copied panel. */
  private static final long STEP = 2L * BYTES;

  private static final boolean NEAR = Caches.NEAR_THIRD_LEVEL;

  /** Bytes of a panel of B beside which the second level still has room for rows of A. */
  private static final long PANEL_BYTES = Caches.L2 * 2L / 3;

  /**
   * Steps of a slice: 256 with a second cache level of 2 MB, where half as many are up to 4% slower
   * and as many again no faster. A smaller one does not keep C beside A until it is added to, so
   * there are to be fewer slices then; where the third is near, one if the panel allows.
   */
  private static final int SLICE =
      NEAR ? (int) (PANEL_BYTES / STEP) : Caches.L2 < 2 << 20 ? 512 : 256;

  /**
   * Bytes of B from which it comes from memory, or from the end of the third level, and kernels
   * fetch the next panel: without, the first block of rows of a panel takes twice as long.
   */
  private static final long FAR_B = 16L << 20;

  private static final long LEAST = 1L << 24;

  /**
   * Bytes of A: half of a second cache level of 2 MB, which C and B pass through, too; or a third
   * of a near third level of 32 MB.
   */
  private static final long MOST_OF_A = NEAR ? 12L << 20 : 1200L << 10;

  /** Rows from which bringing panels of B costs little. */
  private static final int LEAST_ROWS = NEAR ? 96 : 256;

  /**
   * Bytes between rows of B from which they are better packed in longer pieces than a panel, or, if
   * the third level is near, left in place.
   */
  private static final long FAR = 16L << 10;

  /** Rows of A below which too few blocks read a panel for a copy of it to pay. */
  private static final int FEW_ROWS = 192;

  /**
   * Rows of A that are about so many bytes apart, or a multiple, share a few sets of a first cache
   * level.
   */
  private static final int ALIAS = 4096;

  /** How far from that they have to be. With a near third level that is for one set alone. */
  private static final int APART = NEAR ? 16 : ALIAS / 8;

  /** Bytes of A from which each of two threads reads half of its rows, and all panels of B. */
  private static final long LARGE_A = 6L << 20;

  /**
   * Columns of C from which a transposed A is turned first: that takes as long as 50 of them. With
   * fewer it gains where two threads share a cache, but loses up to a tenth where they do not, for
   * each then fetches half of A from the other.
   */
  private static final int MANY_COLUMNS = 768;

  /** Steps that a thread turns at a time. */
  private static final int TURNED_STEPS = 64;

  /** Whether this is the way for C = A B; by sizes and places alone. */
  static boolean suits(boolean transA, boolean transB, int m, int n, int k, int lda, int ldb) {
    long row = (long) lda * Float.BYTES;
    return BlasRule.BLOCK_KERNELS
        && !transA
        && m >= LEAST_ROWS
        && n % WIDTH % L == 0
        && Math.min(n, k) >= 2 * WIDTH
        && (long) m * n * k > LEAST
        && m * row <= MOST_OF_A
        && row % ALIAS >= APART
        && row % ALIAS <= ALIAS - APART
        && (transB || (long) ldb * Float.BYTES < FAR || inPlace(m, k, ldb));
  }

  /**
   * Whether kernels read a plain B where it lies. Rows a power of two apart share a few sets of the
   * second level: a panel that does not fit into those is rather copied, unless that is dear.
   */
  private static boolean inPlace(int m, int k, int ldb) {
    long row = (long) ldb * Float.BYTES;
    boolean keeps = Math.min(k, SLICE) * Math.max(STEP, Long.lowestOneBit(row)) <= PANEL_BYTES;
    return NEAR && row % BYTES == 0 && (keeps || m < FEW_ROWS || row >= FAR);
  }

  /**
   * Into how many parts the rows of A are cut, so that each thread reads its own ones, beside a B
   * that lies in place.
   */
  private static int down(int m, long aRow) {
    return m * aRow >= LARGE_A ? 2 : 1;
  }

  /** Whether kernels fetch the next panel. Their blocks have a row less: 14 spill sums then. */
  private final boolean fetches;

  private final RowBlocks rows;
  private final long aRow;
  private final long cRow;

  private MediumGemm(int m, int lda, int ldc, boolean fetches) {
    this.fetches = fetches;
    rows = RowBlocks.even(m, fetches ? FullyConnected.ROWS - 1 : FullyConnected.ROWS);
    aRow = (long) lda * Float.BYTES;
    cRow = (long) ldc * Float.BYTES;
  }

  /** C = A B for what {@link #suits}; addresses are raw, leading dimensions elements. */
  static void multiply(
      boolean transB, int m, int n, int k, long a, int lda, long b, int ldb, long c, int ldc) {
    // Two threads that read the same panels would take the lines from each other.
    boolean own = down(m, (long) lda * Float.BYTES) == 1;
    boolean far = own && (long) n * k * Float.BYTES >= FAR_B;
    boolean fetches = !transB && far && k <= SLICE && inPlace(m, k, ldb);
    new MediumGemm(m, lda, ldc, fetches).multiply(transB, n, k, a, b, ldb, c);
  }

  /** Whether to turn a transposed A first, and then go this way, is the better one. */
  static boolean suitsTurned(boolean transA, boolean transB, int m, int n, int k, int ldb) {
    return NEAR
        && transA
        && !transB
        && n >= MANY_COLUMNS
        && suits(false, false, m, n, k, pitch(k), ldb);
  }

  /** Elements from row to row of an A that was turned. */
  private static int pitch(int k) {
    int whole = Lanes.roundUp(k);
    return (long) whole * Float.BYTES % ALIAS == 0 ? whole + L : whole;
  }

  /** C = A B for what {@link #suitsTurned}. */
  static void multiplyTurned(
      int m, int n, int k, long a, int lda, long b, int ldb, long c, int ldc) {
    int pitch = pitch(k);
    Block turned = Pool.global().allocate((long) m * pitch * Float.BYTES, "matrix product");
    try {
      long to = turned.address();
      // Each thread turns the rows that it will read: out of the other's third level they would be
      // dear where that is another one (a twentieth of 512x784x4608).
      int parts = inPlace(m, k, ldb) ? down(m, (long) pitch * Float.BYTES) : 1;
      int chunks = Math.ceilDiv(k, TURNED_STEPS);
      Team.global()
          .run(
              parts * chunks,
              chunk -> {
                int begin = Lanes.roundUp(Chunks.first(chunk / chunks, parts, m));
                int end = Math.min(m, Lanes.roundUp(Chunks.first(chunk / chunks + 1, parts, m)));
                turn(chunk % chunks, begin, end, k, a, lda, to, pitch);
              });
      multiply(false, m, n, k, to, pitch, b, ldb, c, ldc);
    } finally {
      turned.free();
    }
  }

  /** Some steps of some rows of A. */
  private static void turn(
      int chunk, int firstRow, int endRow, int k, long a, int lda, long to, int pitch) {
    long buffer = Scratch.address();
    long aStep = (long) lda * Float.BYTES;
    long row = (long) pitch * Float.BYTES;
    int begin = chunk * TURNED_STEPS;
    int end = Math.min(k, begin + TURNED_STEPS);
    // Tiles of sixteen rows far apart are not fetched ahead: up to 4% of the product.
    long source = a + (long) firstRow * Float.BYTES;
    PanelPacking.read(source + begin * aStep, aStep, end - begin, endRow - firstRow, buffer);
    for (int i = firstRow; i < endRow; i += L) {
      int high = Math.min(L, endRow - i);
      for (int step = begin; step < end; step += L) {
        int steps = Math.min(L, end - step);
        long from = a + step * aStep + (long) i * Float.BYTES;
        long target = to + i * row + (long) step * Float.BYTES;
        TileTranspose.run(from, aStep, steps, high, target, row, high, steps, buffer);
      }
    }
  }

  private void multiply(boolean transB, int n, int k, long a, long b, int ldb, long c) {
    int steps = Lanes.roundUp(Math.ceilDiv(k, Math.ceilDiv(k, SLICE)));
    long bRow = (long) ldb * Float.BYTES;
    long bColumn = transB ? bRow : Float.BYTES;
    long bStep = transB ? Float.BYTES : bRow;
    boolean inPlace = !transB && inPlace(rows.rows(), k, ldb);
    boolean more = k > steps;
    int narrow = n % WIDTH / L;
    Kernels start = fetches ? fetching() : kernels(2, Epilogue.STORE);
    Kernels rest = more ? kernels(2, Epilogue.ACCUMULATE) : start;
    Kernels lastStart = narrow > 0 ? kernels(narrow, Epilogue.STORE) : start;
    Kernels lastRest = narrow > 0 && more ? kernels(narrow, Epilogue.ACCUMULATE) : rest;
    int panels = Math.ceilDiv(n, WIDTH);
    int down = inPlace ? down(rows.rows(), aRow) : 1;
    ChunkTask task =
        part -> {
          int firstBlock = Chunks.first(part / panels, down, rows.count());
          int lastBlock = Chunks.first(part / panels + 1, down, rows.count());
          int column = part % panels * WIDTH;
          int wide = Math.min(WIDTH, n - column);
          long bytes = inPlace ? 0 : Scratch.BYTES + steps * STEP + PanelPacking.SLACK_BYTES;
          long buffer = Scratch.address(bytes);
          long copy = buffer + Scratch.BYTES;
          long sums = c + (long) column * Float.BYTES;
          for (int step = 0; step < k; step += steps) {
            int depth = Math.min(steps, k - step);
            long from = b + column * bColumn + step * bStep;
            long right = inPlace ? from : copy;
            if (inPlace) {
              // Its lines come with the first block.
            } else if (wide == WIDTH && !transB) {
              PanelPacking.copyPairs(from, bRow, depth, copy, STEP);
            } else {
              PanelPacking.pack(from, bRow, transB, wide, depth, wide, copy, buffer);
            }
            Kernels first = wide == WIDTH ? start : lastStart;
            Kernels later = wide == WIDTH ? rest : lastRest;
            long left = a + (long) step * Float.BYTES;
            long rightStep = inPlace ? bRow : (long) wide * Float.BYTES;
            Kernels kernels = step == 0 ? first : later;
            // Fetched beyond B's end, what is no memory would cost microseconds a line.
            long next = column + 2 * WIDTH <= n ? from + STEP : from;
            blocks(kernels, firstBlock, lastBlock, left, right, rightStep, depth, sums, next);
          }
        };
    if (NEAR && !fetches) {
      // B may be larger than the second levels, and be multiplied again soon.
      Team.global().runTurning(panels * down, task);
    } else {
      Team.global().run(panels * down, task);
    }
  }

  /** The kernels of both heights of blocks. */
  private record Kernels(BlockKernel high, BlockKernel low) {}

  /** The kernels of both heights that fetch the next panel. */
  private Kernels fetching() {
    BlockSpec high = BlockSpec.strided(rows.high(), 2, aRow, Epilogue.STORE);
    BlockSpec low = BlockSpec.strided(Math.max(1, rows.high() - 1), 2, aRow, Epilogue.STORE);
    BlockKernel kernel = BlockKernels.get(high.fetching(BlockSpec.Fetch.ROWS));
    return new Kernels(
        kernel, rows.low() == 0 ? kernel : BlockKernels.get(low.fetching(BlockSpec.Fetch.ROWS)));
  }

  private Kernels kernels(int vectors, Epilogue epilogue) {
    BlockKernel high = BlockKernels.get(BlockSpec.strided(rows.high(), vectors, aRow, epilogue));
    BlockKernel low =
        rows.low() == 0
            ? high
            : BlockKernels.get(BlockSpec.strided(rows.high() - 1, vectors, aRow, epilogue));
    return new Kernels(high, low);
  }

  /**
   * A slice of a panel with some blocks of rows of A. While a block of an even number runs, its
   * kernel fetches the first lines of some rows of the next panel, then the next block's the second
   * ones.
   *
   * @param next where the next panel is, for kernels that fetch
   */
  private void blocks(
      Kernels kernels,
      int first,
      int end,
      long a,
      long b,
      long bStep,
      int depth,
      long c,
      long next) {
    int each = depth / Math.ceilDiv(end - first, 2);
    long pace = (long) each * BlockSpec.Fetch.ROW / depth;
    for (int block = first; block < end; block++) {
      int row = rows.first(block);
      BlockKernel kernel = rows.height(block) == rows.high() ? kernels.high : kernels.low;
      long from = a + row * aRow;
      long to = c + row * cRow;
      int number = block - first;
      long ahead = next + (long) (number / 2) * each * bStep + (long) (number % 2) * BYTES;
      kernel.run(
          from,
          Float.BYTES,
          b,
          bStep,
          BYTES,
          depth,
          1,
          0,
          0,
          1,
          pace,
          bStep,
          to,
          cRow,
          BYTES,
          ahead);
    }
  }
}
