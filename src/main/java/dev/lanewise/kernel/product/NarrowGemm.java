package dev.lanewise.kernel.product;

import static dev.lanewise.kernel.vector.Lanes.F;
import static dev.lanewise.kernel.vector.Mem.ALL;
import static dev.lanewise.kernel.vector.Mem.ORDER;

import dev.lanewise.kernel.block.BlockKernel;
import dev.lanewise.kernel.block.BlockKernels;
import dev.lanewise.kernel.block.BlockSpec;
import dev.lanewise.kernel.block.Epilogue;
import dev.lanewise.kernel.block.RowBlocks;
import dev.lanewise.kernel.elementwise.TileTranspose;
import dev.lanewise.kernel.team.Scratch;
import dev.lanewise.kernel.team.Team;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.memory.Block;
import dev.lanewise.memory.Pool;
import jdk.incubator.vector.FloatVector;

/**
 * Products of a large matrix with a narrow one, as fully connected layers have them at small
 * batches: y = x wᵀ, dx = dy w and dw = dyᵀ x for a few rows of x. Such a product does little with
 * each element of the large matrix, so its time is that of reading (or writing) the large matrix
 * once; packing it as a general product does would read and write it twice more. Here only the
 * narrow side is packed, and the large one streams through the block kernels as it lies.
 *
 * <p>The forms, for C[m, n] = A[m, k] B[k, n]:
 *
 * <ul>
 *   <li>{@link #columns}: few rows m, B transposed in memory. The lanes are the rows of A; elements
 *       of B are broadcast from where they lie.
 *   <li>{@link #rows}: few rows m, B straight. Some steps of B at a time pass by a strip of C,
 *       which stays in L2 block by block: its rows may all share a set of the caches.
 *   <li>{@link #outer}: few steps k, A transposed and B straight. C is written once.
 * </ul>
 */
final class NarrowGemm {
  /** Up to here the narrow side is narrow: a general product reaches half of the peak beyond. */
  private static final int NARROW = 32;

  /** Elements of the large side from which it does not stay in L2. */
  private static final long LARGE = 1 << 19;

  /** Elements of the large side a chunk: half a megabyte, some 20 µs of streaming. */
  private static final long CHUNK = 1 << 17;

  /**
   * Steps of B that pass by C at a time. Each is a stream of its own for the prefetcher of L2,
   * which follows 32 at most, those of C among them: with 32 the product took a quarter longer.
   */
  private static final int STEPS = 16;

  /** Columns of C in a chunk, about: a page of each step of B, and at most 128 KB of C. */
  private static final int STRIP = 1024;

  /**
   * Columns of C in a block of the first form: their rows of B are often a power of two apart, so
   * that all share a set of L1, which has 12 ways on the newest processors.
   */
  private static final int COLUMNS = Lanes.REGISTERS == 32 ? 10 : 5;

  /** Steps of one sum in the first form; longer sums are added up of such, which is more exact. */
  private static final int SUM = 1024;

  private static final int VECTORS = 2;

  private NarrowGemm() {}

  /** Whether one of the forms serves; by the sizes alone. */
  static boolean suits(boolean transA, boolean transB, int m, int n, int k) {
    if (!BlockKernels.anyBlock()) {
      return false;
    }
    if (m <= NARROW && (long) n * k >= LARGE) {
      return !transA && (transB || n % Lanes.L == 0);
    }
    return k <= NARROW && (long) m * n >= LARGE && transA && !transB && n % Lanes.L == 0;
  }

  /** C = A B + beta C for what {@link #suits}; addresses are raw, leading dimensions elements. */
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
      long c,
      int ldc) {
    Epilogue epilogue = add ? Epilogue.ACCUMULATE : Epilogue.STORE;
    if (m > NARROW || (long) n * k < LARGE) {
      outer(new OuterTiles(m, n, k, epilogue), m, n, a, lda, b, ldb, c, ldc);
    } else if (transB) {
      columns(m, n, k, a, lda, b, ldb, add, c, ldc);
    } else {
      rows(m, n, k, a, lda, b, ldb, add, c, ldc);
    }
  }

  private static void columns(
      int m, int n, int k, long a, int lda, long b, int ldb, boolean add, long c, int ldc) {
    int width = Math.ceilDiv(m, Lanes.L) * Lanes.L;
    long step = (long) width * Float.BYTES;
    Block packed = Pool.global().allocate(k * step + PanelPacking.SLACK_BYTES, "matrix product");
    long lanes = packed.address(); // [k][width]
    long aRow = (long) lda * Float.BYTES;
    PanelPacking.pack(a, aRow, true, m, k, width, lanes, Scratch.address());
    Epilogue epilogue = add ? Epilogue.ACCUMULATE : Epilogue.STORE;
    int chunkColumns = (int) Math.max(1, CHUNK / k / COLUMNS) * COLUMNS;
    long bRow = (long) ldb * Float.BYTES;
    int across = width / Lanes.L;
    BlockKernel[][] start = columnKernels(n, across, bRow, epilogue);
    BlockKernel[][] more = k > SUM ? columnKernels(n, across, bRow, Epilogue.ACCUMULATE) : start;
    long cRow = (long) ldc * Float.BYTES;
    Team.global()
        .run(
            Math.ceilDiv(n, chunkColumns),
            chunk -> {
              int begin = chunk * chunkColumns;
              int count = Math.min(n - begin, chunkColumns);
              long buffer =
                  Scratch.address(Scratch.BYTES + count * step + PanelPacking.SLACK_BYTES);
              long sums = buffer + Scratch.BYTES; // [column][width]
              long target = c + (long) begin * Float.BYTES;
              if (add) {
                PanelPacking.pack(target, cRow, true, m, count, width, sums, buffer);
              }
              for (int p = 0; p < k; p += SUM) {
                BlockKernel[][] kernels = p == 0 ? start : more;
                for (int column = 0; column < count; column += COLUMNS) {
                  BlockKernel[] tile = kernels[count - column >= COLUMNS ? 0 : 1];
                  for (int v = 0; v < across; v += VECTORS) {
                    tile[Math.min(VECTORS, across - v) - 1].run(
                        b + (begin + column) * bRow + (long) p * Float.BYTES,
                        Float.BYTES,
                        lanes + p * step + (long) v * Lanes.BYTES,
                        step,
                        Lanes.BYTES,
                        Math.min(SUM, k - p),
                        1,
                        0,
                        0,
                        1,
                        0,
                        0,
                        sums + column * step + (long) v * Lanes.BYTES,
                        step,
                        Lanes.BYTES,
                        0);
                  }
                }
              }
              for (int row = 0; row < m; row += Lanes.L) {
                for (int column = 0; column < count; column += Lanes.L) {
                  int high = Math.min(Lanes.L, m - row);
                  int wide = Math.min(Lanes.L, count - column);
                  TileTranspose.run(
                      sums + column * step + (long) row * Float.BYTES,
                      step,
                      wide,
                      Lanes.L,
                      target + row * cRow + (long) column * Float.BYTES,
                      cRow,
                      high,
                      wide,
                      buffer);
                }
              }
            });
    packed.free();
  }

  /** Kernels for full blocks of columns and for what is left, by vectors less one. */
  private static BlockKernel[][] columnKernels(int n, int across, long bRow, Epilogue epilogue) {
    BlockKernel[][] kernels = new BlockKernel[2][VECTORS];
    int[] columns = {Math.min(n, COLUMNS), n % COLUMNS};
    for (int i = 0; i < 2; i++) {
      for (int v = 1; v <= Math.min(across, VECTORS); v++) {
        if (columns[i] > 0 && (v == VECTORS || across % VECTORS == v)) {
          kernels[i][v - 1] = BlockKernels.get(BlockSpec.strided(columns[i], v, bRow, epilogue));
        }
      }
    }
    return kernels;
  }

  private static void rows(
      int m, int n, int k, long a, int lda, long b, int ldb, boolean add, long c, int ldc) {
    int high = RowBlocks.even(m, mostRows()).high();
    int padded = Math.ceilDiv(m, high) * high;
    long panels = (long) padded * k * Float.BYTES;
    long bytes = panels + PanelPacking.SLACK_BYTES + PanelPacking.BUFFER_BYTES;
    Block packed = Pool.global().allocate(bytes, "matrix product");
    long buffer = packed.address();
    long first = buffer + PanelPacking.BUFFER_BYTES;
    PanelPacking.pack(a, (long) lda * Float.BYTES, true, m, k, high, first, buffer);
    int width = VECTORS * Lanes.L;
    BlockKernel[][] start = blockKernels(m, high, n, Epilogue.STORE);
    BlockKernel[][] more = blockKernels(m, high, n, Epilogue.ACCUMULATE);
    int strip = strip(n);
    Team.global()
        .run(
            Math.ceilDiv(n, strip),
            chunk -> {
              int begin = chunk * strip;
              int end = Math.min(n, begin + strip);
              long sums = Scratch.address((long) strip * m * Float.BYTES); // [block][row][column]
              for (int step = 0; step < k; step += STEPS) {
                int steps = Math.min(STEPS, k - step);
                BlockKernel[][] kernels = step == 0 ? start : more;
                for (int column = begin; column < end; column += width) {
                  int vectors = Math.min(width, end - column) / Lanes.L;
                  long block = sums + (long) (column - begin) * m * Float.BYTES;
                  for (int row = 0; row < m; row += high) {
                    // The last panel is filled up with zeros, but C has no rows for them.
                    kernels[m - row >= high ? 0 : 1][vectors - 1].run(
                        first + ((long) row * k + (long) step * high) * Float.BYTES,
                        (long) high * Float.BYTES,
                        b + ((long) step * ldb + column) * Float.BYTES,
                        (long) ldb * Float.BYTES,
                        Lanes.BYTES,
                        steps,
                        1,
                        0,
                        0,
                        1,
                        0,
                        0,
                        block + (long) row * vectors * Lanes.BYTES,
                        (long) vectors * Lanes.BYTES,
                        Lanes.BYTES,
                        0);
                  }
                }
              }
              for (int column = begin; column < end; column += width) {
                putBlock(
                    sums + (long) (column - begin) * m * Float.BYTES,
                    m,
                    Math.min(width, end - column),
                    add,
                    c + (long) column * Float.BYTES,
                    (long) ldc * Float.BYTES);
              }
            });
    packed.free();
  }

  /** Writes, or adds, a block of sums to its place in C. */
  private static void putBlock(long sums, int m, int columns, boolean add, long c, long cRow) {
    for (int row = 0; row < m; row++) {
      for (int column = 0; column < columns; column += Lanes.L) {
        long to = c + row * cRow + (long) column * Float.BYTES;
        FloatVector sum =
            FloatVector.fromMemorySegment(
                F, ALL, sums + ((long) row * columns + column) * Float.BYTES, ORDER);
        if (add) {
          sum = sum.add(FloatVector.fromMemorySegment(F, ALL, to, ORDER));
        }
        sum.intoMemorySegment(ALL, to, ORDER);
      }
    }
  }

  /** Columns of a chunk: an even number of chunks of whole blocks, each about {@link #STRIP}. */
  private static int strip(int n) {
    int chunks = 2 * Math.ceilDiv(n, 2 * STRIP);
    int width = VECTORS * Lanes.L;
    return Math.ceilDiv(Math.ceilDiv(n, chunks), width) * width;
  }

  /** C = Aᵀ B by tiles, see {@link OuterTiles}; addresses are raw, leading dimensions elements. */
  static void outer(
      OuterTiles tiles, int m, int n, long a, int lda, long b, int ldb, long c, int ldc) {
    int high = tiles.rows();
    int rowsPerChunk = (int) Math.max(1, CHUNK / n / high) * high;
    Team.global()
        .run(
            Math.ceilDiv(m, rowsPerChunk),
            chunk -> {
              int end = Math.min(m, (chunk + 1) * rowsPerChunk);
              for (int row = chunk * rowsPerChunk; row < end; row += high) {
                tiles.run(
                    Math.min(high, end - row),
                    n,
                    a + (long) row * Float.BYTES,
                    lda,
                    b,
                    ldb,
                    c + (long) row * ldc * Float.BYTES,
                    ldc);
              }
            });
  }

  /** The third form, for a few rows of C at a time. */
  static final class OuterTiles {
    private final int high = mostRows();
    private final int k;
    private final BlockKernel[][] kernels;

    OuterTiles(int m, int n, int k, Epilogue epilogue) {
      this.k = k;
      kernels = blockKernels(m, high, n, epilogue);
    }

    /** Rows of a full tile. */
    int rows() {
      return high;
    }

    /** Some columns, whole vectors, of a full tile, or of the one that is left at the end. */
    void run(int rows, int columns, long a, int lda, long b, int ldb, long c, int ldc) {
      int width = VECTORS * Lanes.L;
      BlockKernel[] tile = kernels[rows == high ? 0 : 1];
      for (int column = 0; column < columns; column += width) {
        // The rows of A lie side by side, as packed ones do.
        tile[Math.min(width, columns - column) / Lanes.L - 1].run(
            a,
            (long) lda * Float.BYTES,
            b + (long) column * Float.BYTES,
            (long) ldb * Float.BYTES,
            Lanes.BYTES,
            k,
            1,
            0,
            0,
            1,
            0,
            0,
            c + (long) column * Float.BYTES,
            (long) ldc * Float.BYTES,
            Lanes.BYTES,
            0);
      }
    }
  }

  /** Kernels for full tiles of rows and for what is left, by vectors less one. */
  private static BlockKernel[][] blockKernels(int m, int high, int n, Epilogue epilogue) {
    BlockKernel[][] kernels = new BlockKernel[2][VECTORS];
    int[] rows = {high, m % high};
    for (int i = 0; i < 2; i++) {
      if (rows[i] > 0) {
        for (int vectors = 1; vectors <= VECTORS; vectors++) {
          if (vectors == VECTORS || n / Lanes.L % VECTORS == vectors) {
            kernels[i][vectors - 1] =
                BlockKernels.get(BlockSpec.packed(rows[i], vectors, epilogue));
          }
        }
      }
    }
    return kernels;
  }

  private static int mostRows() {
    return BlockKernels.largeTile().rows();
  }
}
