package dev.lanewise.kernel;

import static dev.lanewise.kernel.Lanes.F;
import static dev.lanewise.kernel.Mem.ALL;
import static dev.lanewise.kernel.Mem.FLOAT;
import static dev.lanewise.kernel.Mem.ORDER;

import jdk.incubator.vector.FloatVector;

/**
 * The block kernel written by hand, one form for each register file: packed A, two vectors. What
 * {@link BlockKernelGenerator} writes is this loop with other numbers of rows and vectors, and gives
 * the same bits. It also serves where no class can be defined at run time.
 *
 * <p>Every accumulator is a local variable, and every vector operation stands in the loop itself: an
 * array of accumulators, or a call that is not inlined, would put each vector on the heap. The three
 * sums are one loop, for the compiler spills accumulators between nested ones.
 */
final class HandWrittenBlockKernel implements BlockKernel {
  /** The rows of the form for 32 registers, and of the one for 16. */
  static final int ROWS = Lanes.REGISTERS >= 32 ? 14 : 6;

  private final boolean readsOutput;
  private final boolean addsBias;
  private final boolean rectifies;

  private HandWrittenBlockKernel(Epilogue epilogue) {
    readsOutput = epilogue.readsOutput();
    addsBias = epilogue.addsBias();
    rectifies = epilogue.rectifies();
  }

  /** Whether there is a hand-written form of a block. */
  static boolean fits(BlockSpec spec) {
    return spec.equals(BlockSpec.packed(ROWS, 2, spec.epilogue()));
  }

  /** The hand-written form of a block that {@link #fits}. */
  static BlockKernel of(BlockSpec spec) {
    return new HandWrittenBlockKernel(spec.epilogue());
  }

  @Override
  public void run(
      long a, long aDepth, long b, long bDepth, long bVec, int depth,
      int n1, long a1, long b1, int n2, long a2, long b2,
      long c, long cRow, long cVec, long bias) {
    if (ROWS == 14) {
      run14(a, aDepth, b, bDepth, bVec, depth, n1, a1, b1, n2, a2, b2, c, cRow, cVec, bias);
    } else {
      run6(a, aDepth, b, bDepth, bVec, depth, n1, a1, b1, n2, a2, b2, c, cRow, cVec, bias);
    }
  }

  /** 14 rows, 2 vectors: 28 accumulators. */
  private void run14(
      long a, long aDepth, long b, long bDepth, long bVec, int depth,
      int n1, long a1, long b1, int n2, long a2, long b2,
      long c, long cRow, long cVec, long bias) {
    FloatVector c00 = FloatVector.zero(F);
    FloatVector c01 = FloatVector.zero(F);
    FloatVector c10 = FloatVector.zero(F);
    FloatVector c11 = FloatVector.zero(F);
    FloatVector c20 = FloatVector.zero(F);
    FloatVector c21 = FloatVector.zero(F);
    FloatVector c30 = FloatVector.zero(F);
    FloatVector c31 = FloatVector.zero(F);
    FloatVector c40 = FloatVector.zero(F);
    FloatVector c41 = FloatVector.zero(F);
    FloatVector c50 = FloatVector.zero(F);
    FloatVector c51 = FloatVector.zero(F);
    FloatVector c60 = FloatVector.zero(F);
    FloatVector c61 = FloatVector.zero(F);
    FloatVector c70 = FloatVector.zero(F);
    FloatVector c71 = FloatVector.zero(F);
    FloatVector c80 = FloatVector.zero(F);
    FloatVector c81 = FloatVector.zero(F);
    FloatVector c90 = FloatVector.zero(F);
    FloatVector c91 = FloatVector.zero(F);
    FloatVector c100 = FloatVector.zero(F);
    FloatVector c101 = FloatVector.zero(F);
    FloatVector c110 = FloatVector.zero(F);
    FloatVector c111 = FloatVector.zero(F);
    FloatVector c120 = FloatVector.zero(F);
    FloatVector c121 = FloatVector.zero(F);
    FloatVector c130 = FloatVector.zero(F);
    FloatVector c131 = FloatVector.zero(F);
    long pa = a;
    long pb = b;
    int k = depth;
    int i1 = n1;
    for (int left = n2 * n1 * depth; left > 0; left--) {
      FloatVector bv0 = FloatVector.fromMemorySegment(F, ALL, pb, ORDER);
      FloatVector bv1 = FloatVector.fromMemorySegment(F, ALL, pb + bVec, ORDER);
      FloatVector ar;
      ar = FloatVector.broadcast(F, ALL.get(FLOAT, pa));
      c00 = ar.fma(bv0, c00);
      c01 = ar.fma(bv1, c01);
      ar = FloatVector.broadcast(F, ALL.get(FLOAT, pa + 4));
      c10 = ar.fma(bv0, c10);
      c11 = ar.fma(bv1, c11);
      ar = FloatVector.broadcast(F, ALL.get(FLOAT, pa + 8));
      c20 = ar.fma(bv0, c20);
      c21 = ar.fma(bv1, c21);
      ar = FloatVector.broadcast(F, ALL.get(FLOAT, pa + 12));
      c30 = ar.fma(bv0, c30);
      c31 = ar.fma(bv1, c31);
      ar = FloatVector.broadcast(F, ALL.get(FLOAT, pa + 16));
      c40 = ar.fma(bv0, c40);
      c41 = ar.fma(bv1, c41);
      ar = FloatVector.broadcast(F, ALL.get(FLOAT, pa + 20));
      c50 = ar.fma(bv0, c50);
      c51 = ar.fma(bv1, c51);
      ar = FloatVector.broadcast(F, ALL.get(FLOAT, pa + 24));
      c60 = ar.fma(bv0, c60);
      c61 = ar.fma(bv1, c61);
      ar = FloatVector.broadcast(F, ALL.get(FLOAT, pa + 28));
      c70 = ar.fma(bv0, c70);
      c71 = ar.fma(bv1, c71);
      ar = FloatVector.broadcast(F, ALL.get(FLOAT, pa + 32));
      c80 = ar.fma(bv0, c80);
      c81 = ar.fma(bv1, c81);
      ar = FloatVector.broadcast(F, ALL.get(FLOAT, pa + 36));
      c90 = ar.fma(bv0, c90);
      c91 = ar.fma(bv1, c91);
      ar = FloatVector.broadcast(F, ALL.get(FLOAT, pa + 40));
      c100 = ar.fma(bv0, c100);
      c101 = ar.fma(bv1, c101);
      ar = FloatVector.broadcast(F, ALL.get(FLOAT, pa + 44));
      c110 = ar.fma(bv0, c110);
      c111 = ar.fma(bv1, c111);
      ar = FloatVector.broadcast(F, ALL.get(FLOAT, pa + 48));
      c120 = ar.fma(bv0, c120);
      c121 = ar.fma(bv1, c121);
      ar = FloatVector.broadcast(F, ALL.get(FLOAT, pa + 52));
      c130 = ar.fma(bv0, c130);
      c131 = ar.fma(bv1, c131);
      pa += aDepth;
      pb += bDepth;
      if (--k == 0) {
        k = depth;
        pa += a1 - depth * aDepth;
        pb += b1 - depth * bDepth;
        if (--i1 == 0) {
          i1 = n1;
          pa += a2 - n1 * a1;
          pb += b2 - n1 * b1;
        }
      }
    }
    long row = c;
    long biasRow = bias;
    finish(c00, row, biasRow);
    finish(c01, row + cVec, biasRow);
    row += cRow;
    biasRow += 4;
    finish(c10, row, biasRow);
    finish(c11, row + cVec, biasRow);
    row += cRow;
    biasRow += 4;
    finish(c20, row, biasRow);
    finish(c21, row + cVec, biasRow);
    row += cRow;
    biasRow += 4;
    finish(c30, row, biasRow);
    finish(c31, row + cVec, biasRow);
    row += cRow;
    biasRow += 4;
    finish(c40, row, biasRow);
    finish(c41, row + cVec, biasRow);
    row += cRow;
    biasRow += 4;
    finish(c50, row, biasRow);
    finish(c51, row + cVec, biasRow);
    row += cRow;
    biasRow += 4;
    finish(c60, row, biasRow);
    finish(c61, row + cVec, biasRow);
    row += cRow;
    biasRow += 4;
    finish(c70, row, biasRow);
    finish(c71, row + cVec, biasRow);
    row += cRow;
    biasRow += 4;
    finish(c80, row, biasRow);
    finish(c81, row + cVec, biasRow);
    row += cRow;
    biasRow += 4;
    finish(c90, row, biasRow);
    finish(c91, row + cVec, biasRow);
    row += cRow;
    biasRow += 4;
    finish(c100, row, biasRow);
    finish(c101, row + cVec, biasRow);
    row += cRow;
    biasRow += 4;
    finish(c110, row, biasRow);
    finish(c111, row + cVec, biasRow);
    row += cRow;
    biasRow += 4;
    finish(c120, row, biasRow);
    finish(c121, row + cVec, biasRow);
    row += cRow;
    biasRow += 4;
    finish(c130, row, biasRow);
    finish(c131, row + cVec, biasRow);
  }

  /** 6 rows, 2 vectors: 12 accumulators. */
  private void run6(
      long a, long aDepth, long b, long bDepth, long bVec, int depth,
      int n1, long a1, long b1, int n2, long a2, long b2,
      long c, long cRow, long cVec, long bias) {
    FloatVector c00 = FloatVector.zero(F);
    FloatVector c01 = FloatVector.zero(F);
    FloatVector c10 = FloatVector.zero(F);
    FloatVector c11 = FloatVector.zero(F);
    FloatVector c20 = FloatVector.zero(F);
    FloatVector c21 = FloatVector.zero(F);
    FloatVector c30 = FloatVector.zero(F);
    FloatVector c31 = FloatVector.zero(F);
    FloatVector c40 = FloatVector.zero(F);
    FloatVector c41 = FloatVector.zero(F);
    FloatVector c50 = FloatVector.zero(F);
    FloatVector c51 = FloatVector.zero(F);
    long pa = a;
    long pb = b;
    int k = depth;
    int i1 = n1;
    for (int left = n2 * n1 * depth; left > 0; left--) {
      FloatVector bv0 = FloatVector.fromMemorySegment(F, ALL, pb, ORDER);
      FloatVector bv1 = FloatVector.fromMemorySegment(F, ALL, pb + bVec, ORDER);
      FloatVector ar;
      ar = FloatVector.broadcast(F, ALL.get(FLOAT, pa));
      c00 = ar.fma(bv0, c00);
      c01 = ar.fma(bv1, c01);
      ar = FloatVector.broadcast(F, ALL.get(FLOAT, pa + 4));
      c10 = ar.fma(bv0, c10);
      c11 = ar.fma(bv1, c11);
      ar = FloatVector.broadcast(F, ALL.get(FLOAT, pa + 8));
      c20 = ar.fma(bv0, c20);
      c21 = ar.fma(bv1, c21);
      ar = FloatVector.broadcast(F, ALL.get(FLOAT, pa + 12));
      c30 = ar.fma(bv0, c30);
      c31 = ar.fma(bv1, c31);
      ar = FloatVector.broadcast(F, ALL.get(FLOAT, pa + 16));
      c40 = ar.fma(bv0, c40);
      c41 = ar.fma(bv1, c41);
      ar = FloatVector.broadcast(F, ALL.get(FLOAT, pa + 20));
      c50 = ar.fma(bv0, c50);
      c51 = ar.fma(bv1, c51);
      pa += aDepth;
      pb += bDepth;
      if (--k == 0) {
        k = depth;
        pa += a1 - depth * aDepth;
        pb += b1 - depth * bDepth;
        if (--i1 == 0) {
          i1 = n1;
          pa += a2 - n1 * a1;
          pb += b2 - n1 * b1;
        }
      }
    }
    long row = c;
    long biasRow = bias;
    finish(c00, row, biasRow);
    finish(c01, row + cVec, biasRow);
    row += cRow;
    biasRow += 4;
    finish(c10, row, biasRow);
    finish(c11, row + cVec, biasRow);
    row += cRow;
    biasRow += 4;
    finish(c20, row, biasRow);
    finish(c21, row + cVec, biasRow);
    row += cRow;
    biasRow += 4;
    finish(c30, row, biasRow);
    finish(c31, row + cVec, biasRow);
    row += cRow;
    biasRow += 4;
    finish(c40, row, biasRow);
    finish(c41, row + cVec, biasRow);
    row += cRow;
    biasRow += 4;
    finish(c50, row, biasRow);
    finish(c51, row + cVec, biasRow);
  }

  private void finish(FloatVector sum, long address, long bias) {
    FloatVector result = sum;
    if (readsOutput) {
      result = result.add(FloatVector.fromMemorySegment(F, ALL, address, ORDER));
    }
    if (addsBias) {
      result = result.add(FloatVector.broadcast(F, ALL.get(FLOAT, bias)));
    }
    if (rectifies) {
      result = result.max(0);
    }
    result.intoMemorySegment(ALL, address, ORDER);
  }
}
