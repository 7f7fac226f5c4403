package dev.lanewise.kernel.product;

import dev.lanewise.kernel.vector.Operand;
import dev.lanewise.memory.Block;

/**
 * A large matrix as its two factors, C = Aᵀ B with few rows in A and in B: the gradient of a fully
 * connected layer. The factors are copied, and so independent of what they were copied from. C is
 * computed when somebody wants it, whole or in pieces that stay in the cache, with the same bits
 * ({@code docs/adr/0007}).
 */
public sealed interface OuterProduct permits NarrowOuterProduct, WeightProduct {
  /** Whether a plain product of these sizes is worth it: C [m, n], and k rows in A and B. */
  static boolean suits(int m, int n, int k) {
    return k > 0 && NarrowGemm.suits(true, false, m, n, k);
  }

  /**
   * Copies the factors of a product that {@link #suits}.
   *
   * @param a [k, m], row-major without gaps
   * @param b [k, n], row-major without gaps
   */
  static OuterProduct of(Operand a, Operand b, int m, int n, int k) {
    return new NarrowOuterProduct(a, b, m, n, k);
  }

  /** The memory of the factors; whoever made the product frees it. */
  Block factors();

  /** The number of elements of C. */
  long size();

  /** Computes all of C, which has no gaps, over the team. */
  void write(Block c);

  /** Rows of C. */
  int rows();

  /** Columns of C. */
  int columns();

  /** How many products each element of C is the sum of. */
  int terms();

  /** Tiles below each other. */
  int tiles();

  /** The first row of a tile; for the number of {@link #tiles}, the number of rows. */
  int tileStart(int tile);

  /**
   * Computes a tile on the calling thread; its rows follow each other without gaps. What the caller
   * is going to read and write next may be fetched meanwhile, into the caches of this core.
   *
   * @param tile of {@link #tiles}, with all its rows
   * @param column a multiple of 64
   * @param columns whole vectors, or what is left
   * @param target with room for these rows, and two vectors more
   * @param first address of what comes next
   * @param second address of what comes next beside it
   * @param bytes of each of the two; 0 for nothing
   */
  void tile(int tile, int column, int columns, long target, long first, long second, long bytes);
}
