package dev.lanewise.kernel.product;

import dev.lanewise.kernel.block.Epilogue;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.kernel.vector.Mem;
import dev.lanewise.kernel.vector.Operand;
import dev.lanewise.memory.Block;
import dev.lanewise.memory.Pool;
import java.lang.foreign.MemorySegment;

/**
 * The product of two narrow matrices, whose factors are a thousandth of it: they are copied as they
 * lie, and read so by {@link NarrowGemm}.
 */
final class NarrowOuterProduct implements OuterProduct {
  private final Block factors; // A [k][m], then B [k][n]
  private final int m;
  private final int n;
  private final int k;
  private final NarrowGemm.OuterTiles tiles;

  /**
   * Copies the factors.
   *
   * @param a [k, m], row-major without gaps
   * @param b [k, n], row-major without gaps
   */
  NarrowOuterProduct(Operand a, Operand b, int m, int n, int k) {
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

  @Override
  public Block factors() {
    return factors;
  }

  @Override
  public long size() {
    return (long) m * n;
  }

  @Override
  public void write(Block c) {
    NarrowGemm.outer(tiles, m, n, addressA(), m, addressB(), n, c.address(), n);
  }

  @Override
  public int rows() {
    return m;
  }

  @Override
  public int columns() {
    return n;
  }

  @Override
  public int terms() {
    return k;
  }

  @Override
  public int tiles() {
    return Math.ceilDiv(m, tiles.rows());
  }

  @Override
  public int tileStart(int tile) {
    return Math.min(tile * tiles.rows(), m);
  }

  /** Fetches nothing: the few steps of these sums would bring a quarter of it, and gain nothing. */
  @Override
  public void tile(
      int tile, int column, int columns, long target, long first, long second, long bytes) {
    int row = tileStart(tile);
    tiles.run(
        tileStart(tile + 1) - row,
        columns,
        addressA() + (long) row * Float.BYTES,
        m,
        addressB() + (long) column * Float.BYTES,
        n,
        target,
        columns);
  }
}
