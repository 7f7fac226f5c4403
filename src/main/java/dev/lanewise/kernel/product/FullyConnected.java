package dev.lanewise.kernel.product;

import static dev.lanewise.kernel.vector.Lanes.BYTES;
import static dev.lanewise.kernel.vector.Lanes.F;
import static dev.lanewise.kernel.vector.Lanes.L;
import static dev.lanewise.kernel.vector.Mem.ALL;
import static dev.lanewise.kernel.vector.Mem.ORDER;

import dev.lanewise.blas.BlasChoice;
import dev.lanewise.kernel.block.BlockKernel;
import dev.lanewise.kernel.block.BlockKernels;
import dev.lanewise.kernel.block.BlockSpec;
import dev.lanewise.kernel.block.Epilogue;
import dev.lanewise.kernel.elementwise.Elementwise;
import dev.lanewise.kernel.elementwise.UnaryFormula;
import dev.lanewise.kernel.elementwise.UnaryRange;
import dev.lanewise.kernel.team.Chunks;
import dev.lanewise.kernel.team.Scratch;
import dev.lanewise.kernel.team.Team;
import dev.lanewise.kernel.vector.Caches;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.kernel.vector.Mem;
import dev.lanewise.kernel.vector.Operand;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import org.jspecify.annotations.Nullable;

/**
 * Fully connected layers on tensors in batch lanes, [ceil(N/L)][features][L]: y = w x + bias and dx
 * = wᵀ dy; {@link WeightGradient} has dw = dy xᵀ.
 *
 * <p>In this layout x and y lie as the block kernels read and write them, so that nothing of them
 * is packed, and the next layer finds its input in place. Only the weight is brought into the
 * first-level cache, block by block, as it is needed, where it is not read as it lies: rows are
 * copied as they are, which takes one load and one store for {@link Lanes#L} elements, where
 * packing would transpose them (96 shuffles for 256 elements; that was a fifth of the time at a
 * batch of 64).
 */
public final class FullyConnected {
  /** Rows of a block, where there are as many. */
  static final int ROWS = BlockKernels.largeTile().rows();

  static final int VECTORS = 2;

  /** Multiply-adds of a part of the work that another thread may take: 10 µs. */
  private static final long PART = 1 << 20;

  private static final int MOST_PARTS = 64;

  /** Blocks of rows from which one or two more do not make them much lower. */
  private static final int MANY_BLOCKS = 16;

  /** Fewer parts than this are cut across the samples as well. */
  private static final int FEW_PARTS = 8;

  /** Bytes of one side of a product that pass by the other again and again: half of an L2. */
  static final long RESIDENT = 1 << 20;

  /** Features up to which two vectors of each are {@link #RESIDENT}. */
  private static final int MOST_FEATURES = 8192;

  private static final int MOST_SAMPLES = 4096;

  /** Below this, a batch of few rows is faster with the whole weight streaming by. */
  private static final int FEW_SAMPLES = 32;

  private static final long LARGE_WEIGHT = 1 << 19;

  /**
   * Elements of a weight from which its rows are read where they lie: copied, a weight that does
   * not stay in L2 would be waited for, while the prefetchers bring rows that multiply-adds read.
   * Each length of rows then is a kernel of its own, which small layers do not pay for.
   */
  private static final long LARGE_ROWS = 1 << 17;

  /** Rows this far apart share one set of a first-level cache. */
  static final int PAGE = 4096;

  /**
   * Whether a weight whose columns are the rows of a block is read where it lies, too. A step of 13
   * rows then touches one or two lines of its own, which come from L2. With a first level of 32 KB
   * and vectors of 512 bits (Zen 4: a step takes 26 cycles) that is hidden, and copying them would
   * take 4 to 20% of a layer; with vectors of 256 bits, whose steps take 6, it loses as much. With
   * 48 KB (two multiply-adds a cycle) it was not measured.
   */
  private static final boolean STEPS_IN_PLACE = Lanes.BYTES == 64 && Caches.L1 < 48 << 10;

  private static final boolean AVAILABLE = BlockKernels.anyBlock() && !BlasChoice.openBlasForced();

  private FullyConnected() {}

  /** Whether batch lanes are the better way for a layer; by the sizes alone. */
  public static boolean serves(int n, int in, int out) {
    if (!AVAILABLE || n < 2 * L || n > MOST_SAMPLES) {
      return false;
    }
    if (n <= FEW_SAMPLES && (long) in * out >= LARGE_WEIGHT) {
      return false;
    }
    return Math.max(in, out) <= MOST_FEATURES
        && Math.min(in, out) > 0
        && 4 * (Math.ceilDiv(n, L) * L - n) <= n
        && divides(in)
        && divides(out);
  }

  private static boolean divides(int features) {
    int steps = steps(features);
    return 2 * steps >= L || features / steps <= 128;
  }

  /** How many steps of a row are copied at a time: the most that divide it into equal parts. */
  private static int steps(int features) {
    int steps = Math.min(features, L);
    while (features % steps != 0) {
      steps--;
    }
    return steps;
  }

  /**
   * y = f(w x + bias) for each sample.
   *
   * @param f computed while y is in the first-level cache; null for none
   * @param x in batch lanes, n x in
   * @param w out x in
   * @param bias out elements; null for none
   * @param y in batch lanes, n x out, overwritten; with a bias or f, its padding lanes are not zero
   */
  public static void forward(
      @Nullable UnaryFormula f,
      Operand x,
      Gemm.Matrix w,
      @Nullable Operand bias,
      Operand y,
      int n,
      int in,
      int out) {
    long b = bias == null ? 0 : Operand.address(bias);
    map(
        w.address(),
        w.leading(),
        w.transposed(),
        Operand.address(x),
        b,
        f == null ? null : Elementwise.loop(f),
        Operand.address(y),
        n,
        out,
        in);
  }

  /**
   * dx = wᵀ dy for each sample.
   *
   * @param dy in batch lanes, n x out
   * @param w out x in
   * @param dx in batch lanes, n x in, overwritten
   */
  public static void inputGradient(Operand dy, Gemm.Matrix w, Operand dx, int n, int in, int out) {
    map(
        w.address(),
        w.leading(),
        !w.transposed(),
        Operand.address(dy),
        0,
        null,
        Operand.address(dx),
        n,
        in,
        out);
  }

  /**
   * c = f(a b + bias), with a of m x k and b, c in batch lanes.
   *
   * @param adjacent whether the rows of a lie side by side, or its columns
   */
  private static void map(
      long a,
      int lda,
      boolean adjacent,
      long b,
      long bias,
      @Nullable UnaryRange f,
      long c,
      int n,
      int m,
      int k) {
    int vectors = Math.ceilDiv(n, L);
    int blocks = blocks(m);
    int high = Math.ceilDiv(m, blocks);
    int wide = Math.min(vectors, across(high));
    long aRow = (long) lda * Float.BYTES;
    boolean inPlace = adjacent ? STEPS_IN_PLACE : (long) m * k >= LARGE_ROWS && aRow % PAGE != 0;
    int steps = adjacent || inPlace ? k : steps(k);
    long rowStride = adjacent ? 0 : inPlace ? aRow : BYTES;
    BlockKernel highKernel = kernel(high, wide, rowStride);
    BlockKernel lowKernel = m % blocks == 0 ? highKernel : kernel(high - 1, wide, rowStride);
    int parts = parts((long) vectors * L * m * k);
    // Two blocks a part: the second one finds the activations in the second-level cache.
    int down = Math.clamp(blocks / 2, 1, parts);
    // Parts with the same rows would each copy them.
    int wanted = inPlace || down < FEW_PARTS ? Math.ceilDiv(parts, down) : 1;
    int along = Math.clamp(Math.ceilDiv(vectors, 2 * wide), 1, wanted);
    int group = (int) Math.max(1, RESIDENT / ((long) k * BYTES) / wide) * wide;
    long panelBytes = (long) k / steps * high * (adjacent ? steps * Float.BYTES : BYTES) + BYTES;
    long blockRows = adjacent ? Float.BYTES : aRow;
    Team.global()
        .run(
            down * along,
            part -> {
              // The same rows for a thread as before: a weight from the other core would be dear.
              int firstBlock = Chunks.first(part / along, down, blocks);
              int lastBlock = Chunks.first(part / along + 1, down, blocks);
              int firstVector = Chunks.first(part % along, along, vectors);
              int lastVector = Chunks.first(part % along + 1, along, vectors);
              long panel = Scratch.address(Scratch.BYTES + panelBytes) + Scratch.BYTES;
              for (int begin = firstVector; begin < lastVector; begin += group) {
                int end = Math.min(lastVector, begin + group);
                for (int block = firstBlock; block < lastBlock; block++) {
                  int row = Chunks.first(block, blocks, m);
                  int rows = Chunks.first(block + 1, blocks, m) - row;
                  BlockKernel kernel = rows == high ? highKernel : lowKernel;
                  long rowsOfA = a + row * blockRows;
                  long step = adjacent ? inPlace ? aRow : rows * 4L : Float.BYTES;
                  if (!inPlace && adjacent) {
                    copySteps(rowsOfA, aRow, rows, k, panel, step);
                  } else if (!inPlace) {
                    copyRows(rowsOfA, aRow, rows, k, steps, panel);
                  }
                  for (int v = begin; v < end; v += wide) {
                    // The last vectors are some of those before again, to be as many.
                    int first = Math.max(firstVector, Math.min(v, end - wide));
                    kernel.run(
                        inPlace ? rowsOfA : panel,
                        step,
                        b + (long) first * k * BYTES,
                        BYTES,
                        (long) k * BYTES,
                        steps,
                        k / steps,
                        (long) rows * BYTES,
                        (long) steps * BYTES,
                        1,
                        0,
                        0,
                        c + ((long) first * m + row) * BYTES,
                        BYTES,
                        (long) m * BYTES,
                        0);
                  }
                  for (int v = Math.max(firstVector, Math.min(begin, end - wide)); v < end; v++) {
                    long rowsOfC = c + ((long) v * m + row) * BYTES;
                    if (bias != 0) {
                      addBias(bias + (long) row * 4, rowsOfC, rows);
                    }
                    if (f != null) {
                      f.run(rowsOfC, rowsOfC, rows * L);
                    }
                  }
                }
              }
            });
  }

  private static BlockKernel kernel(int rows, int vectors, long rowStride) {
    return BlockKernels.get(
        rowStride == 0
            ? BlockSpec.packed(rows, vectors, Epilogue.STORE)
            : BlockSpec.strided(rows, vectors, rowStride, Epilogue.STORE));
  }

  /**
   * How many blocks the rows of a matrix make: as few as possible, but an even number, and of pairs
   * of blocks, too, so that two threads have as many. {@link Chunks#first} makes them of two
   * heights, spread evenly: no row is computed twice, and half of the blocks are half of the rows.
   */
  static int blocks(int m) {
    int blocks = Math.ceilDiv(m, ROWS);
    int even = blocks > MANY_BLOCKS ? 4 : 2;
    return blocks == 1 ? 1 : Math.ceilDiv(blocks, even) * even;
  }

  /** Vectors of a block of some rows: enough accumulators to hide the latency of a multiply-add. */
  private static int across(int rows) {
    return Lanes.REGISTERS < 32 || rows >= 8 ? VECTORS : rows >= 5 ? 3 : rows >= 3 ? 4 : 6;
  }

  /** How many parts the work has: at most as many as pay, and an even number of them. */
  static int parts(long multiplyAdds) {
    return multiplyAdds < PART / 2
        ? 1
        : (int) Math.clamp(multiplyAdds / PART / 2 * 2, 2, MOST_PARTS);
  }

  /** Rows of some steps each, copied into [k / steps][high][L]. */
  private static void copyRows(long source, long stride, int high, int k, int steps, long target) {
    if (steps == L) {
      for (int row = 0; row < high; row++) {
        copyWholeRow(source + row * stride, k, target + (long) row * BYTES, (long) high * BYTES);
      }
      return;
    }
    VectorMask<Float> mask = F.indexInRange(0, steps);
    for (int row = 0; row < high; row++) {
      long from = source + row * stride;
      long to = target + (long) row * BYTES;
      for (int i = 0; i < k; i += steps) {
        FloatVector.fromMemorySegment(F, ALL, from + (long) i * 4, ORDER, mask)
            .intoMemorySegment(ALL, to, ORDER);
        to += (long) high * BYTES;
      }
    }
  }

  private static void copyWholeRow(long from, int k, long to, long stride) {
    for (int i = 0; i < k / L; i++) {
      FloatVector.fromMemorySegment(F, ALL, from + (long) i * BYTES, ORDER)
          .intoMemorySegment(ALL, to + i * stride, ORDER);
    }
  }

  /**
   * Of each step the rows, which lie side by side, copied into [k][high]. Whole vectors are stored:
   * what is too much of one step, the next one overwrites.
   */
  private static void copySteps(long source, long stride, int high, int k, long target, long step) {
    for (int column = (high - 1) / L * L; column >= 0; column -= L) {
      VectorMask<Float> mask = F.indexInRange(column, high);
      long from = source + (long) column * 4;
      long to = target + (long) column * 4;
      for (int i = 0; i < k; i++) {
        FloatVector.fromMemorySegment(F, ALL, from + i * stride, ORDER, mask)
            .intoMemorySegment(ALL, to + i * step, ORDER);
      }
    }
  }

  private static void addBias(long bias, long c, int rows) {
    for (int row = 0; row < rows; row++) {
      long at = c + (long) row * BYTES;
      FloatVector.fromMemorySegment(F, ALL, at, ORDER)
          .add(Mem.get(bias + (long) row * 4))
          .intoMemorySegment(ALL, at, ORDER);
    }
  }
}
