package dev.lanewise.kernel.product;

import dev.lanewise.kernel.elementwise.Elementwise;
import dev.lanewise.kernel.norm.SoftmaxKernel;
import dev.lanewise.kernel.norm.SoftmaxRows;
import dev.lanewise.kernel.team.Chunks;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.kernel.vector.Mem;
import dev.lanewise.kernel.vector.Operand;
import dev.lanewise.kernel.vector.VectorMemory;
import dev.lanewise.memory.Block;
import dev.lanewise.memory.Pool;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/**
 * Scaled dot-product attention, y = softmax(scale q kᵀ + mask) v, without the matrix of all scores
 * in memory: a block of queries meets one block of keys after the other, and the maximum and the
 * sum of its softmax are corrected on the way (Milakov and Gimelshein, <i>Online normalizer
 * calculation for softmax</i>, 2018; Dao et al., <i>FlashAttention</i>, 2022). The backward pass
 * forms the probabilities anew from the logarithms of the sums.
 *
 * <p>The products of a block are single-threaded ({@link AttentionProducts}); forward is parallel
 * over blocks of queries, backward over the batch, since all queries add to the gradient of a key.
 * A query that sees no key at all gets 0.
 */
public final class Attention {
  /**
   * Scores of a block: 128 KB beside blocks of q, k, v and y of 32 to 64 KB each, which together
   * stay in a second-level cache of 512 KB, and are large enough for the matrix kernels.
   */
  static final int QUERIES = 128;

  static final int KEYS = 256;

  /** Floats from a row of scores to the next; {@link SoftmaxKernel} wants a vector before each. */
  static final int LEADING = KEYS + Lanes.L;

  private static final FloatVector HIDDEN = FloatVector.broadcast(Lanes.F, Float.NEGATIVE_INFINITY);

  private Attention() {}

  /** What the operands have in common. */
  public record Sizes(
      int batch, int queries, int keys, int depth, int valueDepth, float scale, boolean causal) {}

  /** Batches of matrices: elements from the matrix's place to each of them. */
  public record Matrices(Gemm.Matrix first, long[] offsets) {
    /** Matrices that follow each other, of rows that follow each other. */
    public static Matrices contiguous(Operand operand, int batch, int rows, int columns) {
      long[] offsets = new long[batch];
      for (int i = 0; i < batch; i++) {
        offsets[i] = (long) i * rows * columns;
      }
      return new Matrices(new Gemm.Matrix(operand, 0, columns, false), offsets);
    }

    /**
     * One head after the other of sequences whose rows have several parts of all heads.
     *
     * @param operand [sequences, rows, parts, heads, depth]
     * @param part which one
     */
    public static Matrices heads(
        Operand operand, int sequences, int rows, int parts, int part, int heads, int depth) {
      long[] offsets = new long[sequences * heads];
      int leading = parts * heads * depth;
      for (int i = 0; i < offsets.length; i++) {
        offsets[i] =
            (long) (i / heads) * rows * leading + (long) (part * heads + i % heads) * depth;
      }
      return new Matrices(new Gemm.Matrix(operand, 0, leading, false), offsets);
    }

    long address(int batch, int row) {
      long inside = first.transposed() ? row : (long) row * first.leading();
      return Operand.address(first.operand()) + (first.offset() + offsets[batch] + inside) * 4;
    }

    boolean transposed() {
      return first.transposed();
    }

    int leading() {
      return first.leading();
    }
  }

  /**
   * Numbers added to the scores, minus infinity to hide a key.
   *
   * @param offsets elements from the operand's place to the mask of each batch
   * @param rowStride elements from one query to the next; those of a query follow each other
   */
  public record Mask(Operand operand, long[] offsets, long rowStride) {}

  /**
   * Computes the output.
   *
   * @param y [queries, valueDepth] each, overwritten
   * @param logSums [batch, queries], overwritten: the logarithm of the sum of the exponentials of
   *     each query's scores; infinity where it sees no key
   */
  public static void forward(
      Matrices q,
      Matrices k,
      Matrices v,
      @Nullable Mask mask,
      Matrices y,
      Operand logSums,
      Sizes s) {
    int blocks = Math.ceilDiv(s.queries, QUERIES);
    AttentionProducts products = AttentionProducts.of(q, k, v, s);
    Chunks.run(
        (long) s.batch * blocks,
        work(s, Math.min(QUERIES, s.queries)),
        (from, to) -> {
          Block buffer = Pool.global().allocate((long) (QUERIES + 1) * LEADING * 4, "attention");
          try {
            for (long item = from; item < to; item++) {
              int batch = (int) (item / blocks);
              int first = (int) (item % blocks) * QUERIES;
              queries(products, mask, y, logSums, s, batch, first, buffer.address());
            }
          } finally {
            buffer.free();
          }
        });
  }

  /**
   * The work for some queries, in elements that are read or written; eight products count as one.
   */
  private static long work(Sizes s, int queries) {
    return Math.max(1, (long) queries * s.keys * (s.depth + s.valueDepth) / 8);
  }

  private static void queries(
      AttentionProducts products,
      @Nullable Mask mask,
      Matrices y,
      Operand logSums,
      Sizes s,
      int batch,
      int first,
      long buffer) {
    int m = Math.min(QUERIES, s.queries - first);
    int seen = seen(s, first + m);
    long scores = buffer + Lanes.BYTES;
    // The maximum and the sum of each row so far.
    long maxima = scores + (long) QUERIES * LEADING * 4;
    long sums = maxima + QUERIES * 4;
    long row = y.leading() * 4L;
    long out = y.address(batch, first);
    for (int start = 0; start < seen; start += KEYS) {
      int n = Math.min(KEYS, seen - start);
      products.scores(batch, first, m, start, n, scores);
      addMask(mask, batch, first, m, start, n, scores);
      for (int i = 0; i < m; i++) {
        long at = scores + (long) i * LEADING * 4;
        int visible = visible(s, first + i, start, n);
        fill(at, visible, n);
        float before = start == 0 ? Float.NEGATIVE_INFINITY : Mem.get(maxima + i * 4L);
        float max = Math.max(before, SoftmaxRows.maximum(at, visible));
        float sum = 0;
        if (max == Float.NEGATIVE_INFINITY) {
          VectorMemory.fill(at, 0, n);
        } else {
          sum = SoftmaxRows.exponentials(at, visible, max);
        }
        if (start > 0) {
          float correction = max == before ? 1 : (float) Math.exp(before - max);
          sum += Mem.get(sums + i * 4L) * correction;
          if (correction != 1) {
            SoftmaxRows.scaled(out + i * row, correction, out + i * row, s.valueDepth);
          }
        }
        Mem.set(maxima + i * 4L, max);
        Mem.set(sums + i * 4L, sum);
      }
      products.output(batch, m, start, n, scores, start > 0, out, y.leading());
    }
    long logs = Operand.address(logSums) + ((long) batch * s.queries + first) * 4;
    for (int i = 0; i < m; i++) {
      float sum = Mem.get(sums + i * 4L);
      if (sum != 0) {
        SoftmaxRows.scaled(out + i * row, 1 / sum, out + i * row, s.valueDepth);
      }
    }
    SoftmaxRows.logarithms(sums, maxima, m);
    VectorMemory.copy(sums, logs, m);
  }

  /** scores = scores + mask for m queries and n keys. */
  private static void addMask(
      @Nullable Mask mask, int batch, int first, int m, int start, int n, long scores) {
    if (mask == null) {
      return;
    }
    long from = Operand.address(mask.operand) + (mask.offsets[batch] + start) * 4;
    for (int i = 0; i < m; i++) {
      Elementwise.accumulateRange(
          scores + (long) i * LEADING * 4, from + (first + i) * mask.rowStride * 4, n);
    }
  }

  /** How many keys the queries before {@code end} see. */
  private static int seen(Sizes s, int end) {
    return s.causal ? Math.min(s.keys, end) : s.keys;
  }

  /** How many of n keys from {@code start} on a query sees. */
  private static int visible(Sizes s, int query, int start, int n) {
    return s.causal ? Math.clamp(query + 1L - start, 0, n) : n;
  }

  /**
   * Minus infinity up to the end of the last vector of visible scores, 0 behind it, where no
   * exponential will be taken but a product reads on.
   */
  private static void fill(long row, int visible, int n) {
    int end = Lanes.roundUp(visible);
    if (end > visible) {
      // A whole vector: there is room for one behind the scores of a row, see LEADING.
      HIDDEN.intoMemorySegment(Mem.ALL, row + visible * 4L, Mem.ORDER);
    }
    if (end < n) {
      VectorMemory.fill(row + end * 4L, 0, n - end);
    }
  }

  /**
   * Computes the gradients of q, k and v. With P the probabilities and D = Σ y dy of each query: dv
   * = Pᵀ dy, dS = P (dy vᵀ - D), dq = scale dS k, dk = scale dSᵀ q.
   *
   * @param y the output of {@link #forward}
   * @param logSums its logarithms
   * @param dq [queries, depth] each, overwritten, as are dk and dv
   */
  public static void backward(
      Matrices q,
      Matrices k,
      Matrices v,
      @Nullable Mask mask,
      Matrices y,
      Operand logSums,
      Matrices dy,
      Matrices dq,
      Matrices dk,
      Matrices dv,
      Sizes s) {
    AttentionProducts products = AttentionProducts.of(q, k, v, s);
    Chunks.run(
        s.batch,
        work(s, 2 * s.queries),
        (from, to) -> {
          Block buffer = Pool.global().allocate(2L * QUERIES * LEADING * 4, "attention");
          try {
            for (int batch = (int) from; batch < to; batch++) {
              gradients(products, mask, y, logSums, dy, dq, dk, dv, s, batch, buffer.address());
            }
          } finally {
            buffer.free();
          }
        });
  }

  private static void gradients(
      AttentionProducts products,
      @Nullable Mask mask,
      Matrices y,
      Operand logSums,
      Matrices dy,
      Matrices dq,
      Matrices dk,
      Matrices dv,
      Sizes s,
      int batch,
      long buffer) {
    long p = buffer + Lanes.BYTES;
    long dp = p + (long) QUERIES * LEADING * 4;
    // The first queries set the gradients of the keys that they see; nothing else does at first.
    for (int key = s.queries == 0 ? 0 : seen(s, Math.min(QUERIES, s.queries));
        key < s.keys;
        key++) {
      VectorMemory.fill(dk.address(batch, key), 0, s.depth);
      VectorMemory.fill(dv.address(batch, key), 0, s.valueDepth);
    }
    long row = y.leading() * 4L;
    long drow = dy.leading() * 4L;
    for (int first = 0; first < s.queries; first += QUERIES) {
      int m = Math.min(QUERIES, s.queries - first);
      int seen = seen(s, first + m);
      long out = y.address(batch, first);
      long dout = dy.address(batch, first);
      long dqueries = dq.address(batch, first);
      long logs = Operand.address(logSums) + ((long) batch * s.queries + first) * 4;
      for (int start = 0; start < seen; start += KEYS) {
        int n = Math.min(KEYS, seen - start);
        products.scores(batch, first, m, start, n, p);
        addMask(mask, batch, first, m, start, n, p);
        for (int i = 0; i < m; i++) {
          long at = p + (long) i * LEADING * 4;
          int visible = visible(s, first + i, start, n);
          fill(at, visible, n);
          SoftmaxRows.exponentials(at, visible, Mem.get(logs + i * 4L));
        }
        boolean add = first > 0;
        long values = dv.address(batch, start);
        products.valueGradient(m, n, p, dout, dy.leading(), add, values, dv.leading());
        products.probabilityGradient(batch, m, start, n, dout, dy.leading(), dp);
        for (int i = 0; i < m; i++) {
          float d = SoftmaxRows.dot(out + i * row, dout + i * drow, s.valueDepth);
          long at = (long) i * LEADING * 4;
          SoftmaxRows.centred(p + at, dp + at, d, s.scale, dp + at, n);
        }
        products.queryGradient(batch, m, start, n, dp, start > 0, dqueries, dq.leading());
        long keys = dk.address(batch, start);
        products.keyGradient(batch, first, m, n, dp, add, keys, dk.leading());
      }
    }
  }
}
