package dev.lanewise.kernel.product;

import static dev.lanewise.kernel.vector.Lanes.BYTES;
import static dev.lanewise.kernel.vector.Lanes.F;
import static dev.lanewise.kernel.vector.Lanes.L;
import static dev.lanewise.kernel.vector.Mem.ALL;
import static dev.lanewise.kernel.vector.Mem.ORDER;

import dev.lanewise.blas.Blas;
import dev.lanewise.kernel.block.BlockKernel;
import dev.lanewise.kernel.block.BlockKernels;
import dev.lanewise.kernel.block.BlockSpec;
import dev.lanewise.kernel.block.Epilogue;
import dev.lanewise.kernel.block.InterimBlockKernel;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.kernel.vector.Mem;
import dev.lanewise.memory.Block;
import dev.lanewise.memory.Pool;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import org.jspecify.annotations.Nullable;

/**
 * The matrix product in pure Java: packed and blocked for the caches, in the way of Goto and van de
 * Geijn, "Anatomy of High-Performance Matrix Multiplication" (2008), on the block kernels.
 *
 * <p>One call runs on the calling thread and packs what it reads. What is large is better off with
 * {@link LargeGemm}, which shares it among the team.
 */
public final class JavaBlas implements Blas {
  /** Steps packed at a time: a panel of B (two vectors wide) fills two thirds of a 48 KB cache. */
  private static final int STEPS = 256;

  /** Rows of A packed at a time: with {@link #STEPS} about a third of a 1 MB second-level cache. */
  private static final int ROWS = 336;

  /** Columns of B packed at a time: with {@link #STEPS} 4 MB, which the third level holds. */
  private static final int COLUMNS = 4096;

  static final int VECTORS = 2;

  /** Rows of the blocks that may serve. */
  private static final int[] BLOCK_ROWS;

  /** What a row of each costs against one of the first: fewer rows use a vector of B less often. */
  private static final double[] ROW_COST;

  /** The fewest vectors of a panel of B. */
  static final int FEWEST_VECTORS;

  static {
    if (!BlockKernels.anyBlock()) {
      BLOCK_ROWS = new int[] {BlockKernels.largeTile().rows()};
      ROW_COST = new double[] {1};
    } else if (Lanes.REGISTERS >= 32) {
      BLOCK_ROWS = new int[] {14, 13, 10, 6};
      ROW_COST = new double[] {1, 1.02, 1.05, 1.2};
    } else {
      BLOCK_ROWS = new int[] {6, 5, 4};
      ROW_COST = new double[] {1, 1.1, 1.2};
    }
    FEWEST_VECTORS = BlockKernels.anyBlock() ? 1 : VECTORS;
  }

  private static final int MOST_ROWS = 14;

  /** One block, for what does not fit into C as a whole; then the buffer of the packing. */
  static final long TILE_BYTES = (long) MOST_ROWS * VECTORS * BYTES;

  private static final long WORKING_BYTES = align(TILE_BYTES + PanelPacking.BUFFER_BYTES);

  private static final Epilogue[] EPILOGUES = {Epilogue.STORE, Epilogue.ACCUMULATE};

  /** Kernels by rows, vectors and epilogue; entries appear as they are first needed. */
  private static final @Nullable BlockKernel[] KERNELS =
      new BlockKernel[(MOST_ROWS + 1) * VECTORS * EPILOGUES.length];

  private static final ThreadLocal<Workspace> WORKSPACE = ThreadLocal.withInitial(Workspace::new);

  /** The packed operands of one thread, kept between calls. */
  private static final class Workspace {
    private @Nullable Block block;

    long address(long bytes) {
      Block current = block;
      if (current == null || current.bytes() < bytes) {
        if (current != null) {
          current.free();
        }
        current = Pool.global().allocate(bytes, "matrix product").freeWithOwner(this);
        block = current;
      }
      return current.address();
    }
  }

  @Override
  public String name() {
    return "Java";
  }

  @Override
  public String core() {
    return L + " lanes, " + Lanes.REGISTERS + " registers";
  }

  @Override
  public void sgemm(
      boolean transA,
      boolean transB,
      int m,
      int n,
      int k,
      float alpha,
      long a,
      int lda,
      long b,
      int ldb,
      float beta,
      long c,
      int ldc) {
    Blas.check(transA, transB, m, n, k, lda, ldb, ldc);
    if (m == 0 || n == 0) {
      return;
    }
    boolean nothingToAdd = k == 0 || alpha == 0;
    if (nothingToAdd || (beta != 0 && beta != 1)) {
      scale(c, ldc, m, n, beta);
    }
    if (nothingToAdd) {
      return;
    }
    int blockRows = blockRows(m);
    int depth = part(k, STEPS, L);
    int height = part(m, ROWS, blockRows);
    int width = part(n, COLUMNS, VECTORS * L);
    long bytesA = (long) height * depth * Float.BYTES + PanelPacking.SLACK_BYTES;
    long bytesB = (long) width * depth * Float.BYTES + PanelPacking.SLACK_BYTES;
    long tile = WORKSPACE.get().address(WORKING_BYTES + align(bytesA) + align(bytesB));
    long buffer = tile + TILE_BYTES;
    long packedA = tile + WORKING_BYTES;
    long packedB = packedA + align(bytesA);
    long rowA = transA ? Float.BYTES : (long) lda * Float.BYTES;
    long stepA = transA ? (long) lda * Float.BYTES : Float.BYTES;
    long columnB = transB ? (long) ldb * Float.BYTES : Float.BYTES;
    long stepB = transB ? Float.BYTES : (long) ldb * Float.BYTES;
    for (int j = 0; j < n; j += width) {
      int columns = Math.min(width, n - j);
      for (int p = 0; p < k; p += depth) {
        int steps = Math.min(depth, k - p);
        PanelPacking.packNarrowLast(
            b + j * columnB + p * stepB,
            (long) ldb * Float.BYTES,
            transB,
            columns,
            steps,
            steps,
            VECTORS * L,
            FEWEST_VECTORS * L,
            packedB,
            buffer);
        boolean add = p > 0 || beta != 0;
        for (int i = 0; i < m; i += height) {
          int rows = Math.min(height, m - i);
          PanelPacking.pack(
              a + i * rowA + p * stepA,
              (long) lda * Float.BYTES,
              !transA,
              rows,
              steps,
              blockRows,
              packedA,
              buffer);
          if (alpha != 1) {
            PanelPacking.scale(packedA, roundUp(rows, blockRows) * steps, alpha);
          }
          long target = c + ((long) i * ldc + j) * Float.BYTES;
          multiply(packedA, packedB, rows, columns, steps, blockRows, target, ldc, add, tile);
        }
      }
    }
  }

  /** The product of what is packed: every panel of A passes by a panel of B in the first cache. */
  private static void multiply(
      long packedA,
      long packedB,
      int rows,
      int columns,
      int steps,
      int blockRows,
      long c,
      int ldc,
      boolean add,
      long tile) {
    long aStep = (long) blockRows * Float.BYTES;
    long cRow = (long) ldc * Float.BYTES;
    for (int column = 0; column < columns; column += VECTORS * L) {
      int wide = Math.min(VECTORS * L, columns - column);
      int vectors = Math.max((wide + L - 1) / L, FEWEST_VECTORS);
      long bPanel = packedB + (long) column * steps * Float.BYTES;
      long bStep = (long) vectors * BYTES;
      BlockKernel kernel = kernel(blockRows, vectors, add ? 1 : 0);
      for (int row = 0; row < rows; row += blockRows) {
        long aPanel = packedA + (long) row * steps * Float.BYTES;
        long target = c + row * cRow + (long) column * Float.BYTES;
        int high = Math.min(blockRows, rows - row);
        if (high == blockRows && wide == vectors * L) {
          kernel.run(
              aPanel, aStep, bPanel, bStep, BYTES, steps, 1, 0, 0, 1, 0, 0, target, cRow, BYTES, 0);
        } else {
          kernel(blockRows, vectors, 0)
              .run(
                  aPanel, aStep, bPanel, bStep, BYTES, steps, 1, 0, 0, 1, 0, 0, tile, bStep, BYTES,
                  0);
          writePart(tile, bStep, target, cRow, high, wide, add);
        }
      }
    }
  }

  /** Brings the part of a finished block that exists to its place. */
  static void writePart(
      long tile, long tileRow, long c, long cRow, int rows, int columns, boolean add) {
    for (int column = 0; column < columns; column += L) {
      VectorMask<Float> mask = F.indexInRange(column, columns);
      long offset = (long) column * Float.BYTES;
      for (int row = 0; row < rows; row++) {
        long at = c + row * cRow + offset;
        FloatVector sum =
            FloatVector.fromMemorySegment(F, ALL, tile + row * tileRow + offset, ORDER);
        if (add) {
          sum = sum.add(FloatVector.fromMemorySegment(F, ALL, at, ORDER, mask));
        }
        sum.intoMemorySegment(ALL, at, ORDER, mask);
      }
    }
  }

  /** Brings a finished block of two whole vectors to its place. */
  static void writeWhole(long tile, long c, long cRow, int rows, boolean add) {
    for (int row = 0; row < rows; row++) {
      long from = tile + row * 2L * BYTES & Mem.ADDRESS_BITS;
      long to = c + row * cRow & Mem.ADDRESS_BITS;
      FloatVector low = FloatVector.fromMemorySegment(F, ALL, from, ORDER);
      FloatVector high = FloatVector.fromMemorySegment(F, ALL, from + BYTES, ORDER);
      if (add) {
        low = low.add(FloatVector.fromMemorySegment(F, ALL, to, ORDER));
        high = high.add(FloatVector.fromMemorySegment(F, ALL, to + BYTES, ORDER));
      }
      low.intoMemorySegment(ALL, to, ORDER);
      high.intoMemorySegment(ALL, to + BYTES, ORDER);
    }
  }

  /** C = factor C; with factor 0, C is not read. */
  private static void scale(long c, int ldc, int m, int n, float factor) {
    for (int row = 0; row < m; row++) {
      long at = c + (long) row * ldc * Float.BYTES;
      if (factor == 0) {
        PanelPacking.zero(at, n);
      } else if (factor != 1) {
        PanelPacking.scale(at, n, factor);
      }
    }
  }

  static BlockKernel kernel(int rows, int vectors, int epilogue) {
    int index = (rows * VECTORS + vectors - 1) * EPILOGUES.length + epilogue;
    BlockKernel kernel = KERNELS[index];
    if (kernel == null) {
      kernel = BlockKernels.get(BlockSpec.packed(rows, vectors, EPILOGUES[epilogue]));
      KERNELS[index] = kernel;
    } else if (kernel instanceof InterimBlockKernel interim) {
      kernel = interim.best();
      KERNELS[index] = kernel;
    }
    return kernel;
  }

  /** The rows of the block that suits this many rows best. */
  static int blockRows(int rows) {
    int best = 0;
    for (int i = 1; i < BLOCK_ROWS.length; i++) {
      if (cost(rows, i) < cost(rows, best)) {
        best = i;
      }
    }
    return BLOCK_ROWS[best];
  }

  private static double cost(int rows, int block) {
    return roundUp(rows, BLOCK_ROWS[block]) * ROW_COST[block];
  }

  /** Cuts a length into the fewest parts of at most a size, all about equal. */
  private static int part(int length, int most, int multiple) {
    int parts = (length + most - 1) / most;
    return roundUp((length + parts - 1) / parts, multiple);
  }

  private static int roundUp(int length, int multiple) {
    return (length + multiple - 1) / multiple * multiple;
  }

  private static long align(long bytes) {
    return (bytes + 4095) / 4096 * 4096;
  }
}
