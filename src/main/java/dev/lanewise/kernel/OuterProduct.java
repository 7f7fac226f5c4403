package dev.lanewise.kernel;

import dev.lanewise.memory.Block;
import dev.lanewise.memory.Pool;
import java.lang.foreign.MemorySegment;

/**
 * A large matrix as its two factors, C = Aᵀ B with few rows in A and in B: the gradient of a wide
 * fully connected layer at a small batch. The factors are a thousandth of C, so they are copied
 * here and are independent of what they were copied from. C is computed when somebody wants it,
 * whole or in pieces that stay in the cache, with the same bits ({@code docs/adr/0007}).
 */
public final class OuterProduct {
  private final Block factors; // A [k][m], then B [k][n]
  private final int m;
  private final int n;
  private final int k;
  private final NarrowGemm.OuterTiles tiles;

  /** Whether a product of these sizes is worth it: C [m, n], and k rows in A and B. */
  public static boolean suits(int m, int n, int k) {
    return k > 0 && NarrowGemm.suits(true, false, m, n, k);
  }

  /**
   * Copies the factors.
   *
   * @param a [k, m], row-major without gaps
   * @param b [k, n], row-major without gaps
   */
  public OuterProduct(Operand a, Operand b, int m, int n, int k) {
    this.m = m;
    this.n = n;
    this.k = k;
    long bytesA = (long) m * k * Float.BYTES;
    long bytesB = (long) n * k * Float.BYTES;
    factors = Pool.global().allocate(aligned(bytesA) + bytesB, "gradient factors");
    MemorySegment.copy(Mem.ALL, Operand.address(a), Mem.ALL, addressA(), bytesA);
    MemorySegment.copy(Mem.ALL, Operand.address(b), Mem.ALL, addressB(), bytesB);
    tiles = new NarrowGemm.OuterTiles(m, n, k, Epilogue.STORE);
  }

  private static long aligned(long bytes) {
    return Math.ceilDiv(bytes, Lanes.BYTES) * Lanes.BYTES;
  }

  private long addressA() {
    return factors.address();
  }

  private long addressB() {
    return factors.address() + aligned((long) m * k * Float.BYTES);
  }

  /** The memory of the factors; whoever made the product frees it. */
  public Block factors() {
    return factors;
  }

  /** The number of elements of C. */
  public long size() {
    return (long) m * n;
  }

  /** Computes all of C, which has no gaps, over the team. */
  public void write(Block c) {
    NarrowGemm.outer(tiles, m, n, addressA(), m, addressB(), n, c.address(), n);
  }

  int rows() {
    return m;
  }

  int columns() {
    return n;
  }

  /** Rows of a tile; the last one may have fewer. */
  int tileRows() {
    return tiles.rows();
  }

  /** Computes a tile on the calling thread; its rows follow each other without gaps. */
  void tile(int row, int rows, int column, int columns, long target) {
    tiles.run(
        rows,
        columns,
        addressA() + (long) row * Float.BYTES,
        m,
        addressB() + (long) column * Float.BYTES,
        n,
        target,
        columns);
  }
}
