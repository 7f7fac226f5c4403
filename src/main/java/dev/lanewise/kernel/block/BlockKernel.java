package dev.lanewise.kernel.block;

import dev.lanewise.kernel.vector.LaneSums;

/**
 * The one building block: a batch-reduce matrix product on one block of accumulators that stays in
 * the vector registers.
 *
 * <p>For every row and every vector of the block
 *
 * <pre>
 * C[row][vec] = epilogue( sum over i2 &lt; n2, i1 &lt; n1, k &lt; depth of  A(i2,i1,k,row) * B(i2,i1,k,vec) )
 *   A at  a + i2*a2 + i1*a1 + k*aDepth + row*aRow     one float, used in all lanes
 *   B at  b + i2*b2 + i1*b1 + k*bDepth + vec*bVec     L floats
 *   C at  c + row*cRow + vec*cVec                     L floats
 * </pre>
 *
 * <p>In the form with a tile B is the points of one, and C its outputs, of {@code n2} blocks of
 * channels ({@link BlockSpec.Form#TILES}). In the form with lanes A is L floats too; in the
 * lanes-reduced form A is L floats, C is one float, the sum over the lanes (see {@link LaneSums}),
 * and {@code bias} is scratch memory for rows * vectors * L floats; in the forms that keep pixels,
 * {@code bias} is where they are kept. All strides are bytes, all addresses raw. The sum of each
 * lane is formed in the order written, one fused multiply-add after the other from zero, so every
 * implementation gives the same bits. The idea is that of Georganas et al., "High-Performance Deep
 * Learning via a Single Building Block" (2019).
 */
@FunctionalInterface
public interface BlockKernel {
  /**
   * Runs the block once. Strides that the kernel's {@link BlockSpec} fixes are ignored here.
   *
   * @param a address of A
   * @param aDepth bytes between steps of A
   * @param b address of B
   * @param bDepth bytes between steps of B
   * @param bVec bytes between vectors of B; from the first to the last it is less than 2 GB
   * @param depth steps of the innermost sum, at least 0
   * @param n1 blocks of the middle sum
   * @param a1 bytes between those blocks in A
   * @param b1 bytes between those blocks in B
   * @param n2 blocks of the outermost sum
   * @param a2 bytes between those blocks in A
   * @param b2 bytes between those blocks in B
   * @param c address of C
   * @param cRow bytes between rows of C
   * @param cVec bytes between vectors of C
   * @param bias address of one float a row, read only by an epilogue that adds it
   */
  void run(
      long a,
      long aDepth,
      long b,
      long bDepth,
      long bVec,
      int depth,
      int n1,
      long a1,
      long b1,
      int n2,
      long a2,
      long b2,
      long c,
      long cRow,
      long cVec,
      long bias);
}
