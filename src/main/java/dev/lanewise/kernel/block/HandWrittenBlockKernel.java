package dev.lanewise.kernel.block;

import static dev.lanewise.kernel.vector.Lanes.BYTES;
import static dev.lanewise.kernel.vector.Lanes.F;
import static dev.lanewise.kernel.vector.Mem.ALL;
import static dev.lanewise.kernel.vector.Mem.FLOAT;
import static dev.lanewise.kernel.vector.Mem.ORDER;

import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.kernel.vector.Mem;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/**
 * The block kernel written by hand, one form for each register file: packed A, two vectors. What
 * {@link BlockKernelGenerator} writes is this loop with other numbers of rows and vectors, and
 * gives the same bits. It also serves where no class can be defined at run time.
 *
 * <p>Every accumulator is a local variable, and every vector operation stands in the loop itself:
 * an array of accumulators, or a call that is not inlined, would put each vector on the heap. The
 * three sums are one loop, for the compiler spills accumulators between nested ones. The sums go to
 * memory as they are; what else an epilogue asks for is done there.
 */
final class HandWrittenBlockKernel implements BlockKernel {
  /** The rows of the form for 32 registers, and of the one for 16. */
  static final int ROWS = Lanes.REGISTERS >= 32 ? 12 : 6;

  static final int VECTORS = 2;

  /** Where the sums of a block that has more to do stand until then: one place for each thread. */
  private static final ThreadLocal<MemorySegment> SUMS =
      ThreadLocal.withInitial(() -> Arena.ofAuto().allocate((long) ROWS * VECTORS * BYTES, BYTES));

  private final Epilogue epilogue;

  private HandWrittenBlockKernel(Epilogue epilogue) {
    this.epilogue = epilogue;
  }

  /** Whether there is a hand-written form of a block. */
  static boolean fits(BlockSpec spec) {
    return spec.equals(BlockSpec.packed(ROWS, VECTORS, spec.epilogue()));
  }

  /** The hand-written form of a block that {@link #fits}. */
  static BlockKernel of(BlockSpec spec) {
    return new HandWrittenBlockKernel(spec.epilogue());
  }

  @Override
  public void run(
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
      long bias) {
    boolean finished = epilogue == Epilogue.STORE;
    long sums = finished ? c : SUMS.get().address();
    long sumRow = finished ? cRow : (long) VECTORS * BYTES;
    long sumVec = finished ? cVec : BYTES;
    if (ROWS == 12) {
      run12(a, aDepth, b, bDepth, bVec, depth, n1, a1, b1, n2, a2, b2, sums, sumRow, sumVec);
    } else {
      run6(a, aDepth, b, bDepth, bVec, depth, n1, a1, b1, n2, a2, b2, sums, sumRow, sumVec);
    }
    if (!finished) {
      finish(sums, c, cRow, cVec, bias);
    }
  }

  private void finish(long sums, long c, long cRow, long cVec, long bias) {
    for (int row = 0; row < ROWS; row++) {
      float value = epilogue.addsBias() ? Mem.get(bias + (long) row * Float.BYTES) : 0;
      for (int vec = 0; vec < VECTORS; vec++) {
        long from = sums + (long) (row * VECTORS + vec) * BYTES;
        long to = c + row * cRow + vec * cVec;
        FloatVector sum = FloatVector.fromMemorySegment(F, ALL, from, ORDER);
        if (epilogue.readsOutput()) {
          sum = sum.add(FloatVector.fromMemorySegment(F, ALL, to, ORDER));
        }
        if (epilogue.addsBias()) {
          sum = sum.add(value);
        }
        if (epilogue.rectifies()) {
          sum = sum.max(0);
        }
        sum.intoMemorySegment(ALL, to, ORDER);
      }
    }
  }

  /** 12 rows, 2 vectors: 24 accumulators. */
  private static void run12(
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
      long cVec) {
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
    long aJump1 = a1 - depth * aDepth;
    long bJump1 = b1 - depth * bDepth;
    long aJump2 = a2 - n1 * a1;
    long bJump2 = b2 - n1 * b1;
    long pa = a;
    long pb = b;
    int k = depth;
    int i1 = n1;
    for (int left = n2 * n1 * depth; left > 0; left--) {
      FloatVector bv0 = FloatVector.fromMemorySegment(F, ALL, pb, ORDER);
      FloatVector bv1 = FloatVector.fromMemorySegment(F, ALL, pb + bVec, ORDER);
      FloatVector av;
      av = FloatVector.broadcast(F, ALL.get(FLOAT, pa));
      c00 = av.fma(bv0, c00);
      c01 = av.fma(bv1, c01);
      av = FloatVector.broadcast(F, ALL.get(FLOAT, pa + 4));
      c10 = av.fma(bv0, c10);
      c11 = av.fma(bv1, c11);
      av = FloatVector.broadcast(F, ALL.get(FLOAT, pa + 8));
      c20 = av.fma(bv0, c20);
      c21 = av.fma(bv1, c21);
      av = FloatVector.broadcast(F, ALL.get(FLOAT, pa + 12));
      c30 = av.fma(bv0, c30);
      c31 = av.fma(bv1, c31);
      av = FloatVector.broadcast(F, ALL.get(FLOAT, pa + 16));
      c40 = av.fma(bv0, c40);
      c41 = av.fma(bv1, c41);
      av = FloatVector.broadcast(F, ALL.get(FLOAT, pa + 20));
      c50 = av.fma(bv0, c50);
      c51 = av.fma(bv1, c51);
      av = FloatVector.broadcast(F, ALL.get(FLOAT, pa + 24));
      c60 = av.fma(bv0, c60);
      c61 = av.fma(bv1, c61);
      av = FloatVector.broadcast(F, ALL.get(FLOAT, pa + 28));
      c70 = av.fma(bv0, c70);
      c71 = av.fma(bv1, c71);
      av = FloatVector.broadcast(F, ALL.get(FLOAT, pa + 32));
      c80 = av.fma(bv0, c80);
      c81 = av.fma(bv1, c81);
      av = FloatVector.broadcast(F, ALL.get(FLOAT, pa + 36));
      c90 = av.fma(bv0, c90);
      c91 = av.fma(bv1, c91);
      av = FloatVector.broadcast(F, ALL.get(FLOAT, pa + 40));
      c100 = av.fma(bv0, c100);
      c101 = av.fma(bv1, c101);
      av = FloatVector.broadcast(F, ALL.get(FLOAT, pa + 44));
      c110 = av.fma(bv0, c110);
      c111 = av.fma(bv1, c111);
      pa += aDepth;
      pb += bDepth;
      if (--k == 0) {
        k = depth;
        pa += aJump1;
        pb += bJump1;
        if (--i1 == 0) {
          i1 = n1;
          pa += aJump2;
          pb += bJump2;
        }
      }
    }
    long row = c;
    c00.intoMemorySegment(ALL, row, ORDER);
    c01.intoMemorySegment(ALL, row + cVec, ORDER);
    row += cRow;
    c10.intoMemorySegment(ALL, row, ORDER);
    c11.intoMemorySegment(ALL, row + cVec, ORDER);
    row += cRow;
    c20.intoMemorySegment(ALL, row, ORDER);
    c21.intoMemorySegment(ALL, row + cVec, ORDER);
    row += cRow;
    c30.intoMemorySegment(ALL, row, ORDER);
    c31.intoMemorySegment(ALL, row + cVec, ORDER);
    row += cRow;
    c40.intoMemorySegment(ALL, row, ORDER);
    c41.intoMemorySegment(ALL, row + cVec, ORDER);
    row += cRow;
    c50.intoMemorySegment(ALL, row, ORDER);
    c51.intoMemorySegment(ALL, row + cVec, ORDER);
    row += cRow;
    c60.intoMemorySegment(ALL, row, ORDER);
    c61.intoMemorySegment(ALL, row + cVec, ORDER);
    row += cRow;
    c70.intoMemorySegment(ALL, row, ORDER);
    c71.intoMemorySegment(ALL, row + cVec, ORDER);
    row += cRow;
    c80.intoMemorySegment(ALL, row, ORDER);
    c81.intoMemorySegment(ALL, row + cVec, ORDER);
    row += cRow;
    c90.intoMemorySegment(ALL, row, ORDER);
    c91.intoMemorySegment(ALL, row + cVec, ORDER);
    row += cRow;
    c100.intoMemorySegment(ALL, row, ORDER);
    c101.intoMemorySegment(ALL, row + cVec, ORDER);
    row += cRow;
    c110.intoMemorySegment(ALL, row, ORDER);
    c111.intoMemorySegment(ALL, row + cVec, ORDER);
  }

  /** 6 rows, 2 vectors: 12 accumulators. */
  private static void run6(
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
      long cVec) {
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
    long aJump1 = a1 - depth * aDepth;
    long bJump1 = b1 - depth * bDepth;
    long aJump2 = a2 - n1 * a1;
    long bJump2 = b2 - n1 * b1;
    long pa = a;
    long pb = b;
    int k = depth;
    int i1 = n1;
    for (int left = n2 * n1 * depth; left > 0; left--) {
      FloatVector bv0 = FloatVector.fromMemorySegment(F, ALL, pb, ORDER);
      FloatVector bv1 = FloatVector.fromMemorySegment(F, ALL, pb + bVec, ORDER);
      FloatVector av;
      av = FloatVector.broadcast(F, ALL.get(FLOAT, pa));
      c00 = av.fma(bv0, c00);
      c01 = av.fma(bv1, c01);
      av = FloatVector.broadcast(F, ALL.get(FLOAT, pa + 4));
      c10 = av.fma(bv0, c10);
      c11 = av.fma(bv1, c11);
      av = FloatVector.broadcast(F, ALL.get(FLOAT, pa + 8));
      c20 = av.fma(bv0, c20);
      c21 = av.fma(bv1, c21);
      av = FloatVector.broadcast(F, ALL.get(FLOAT, pa + 12));
      c30 = av.fma(bv0, c30);
      c31 = av.fma(bv1, c31);
      av = FloatVector.broadcast(F, ALL.get(FLOAT, pa + 16));
      c40 = av.fma(bv0, c40);
      c41 = av.fma(bv1, c41);
      av = FloatVector.broadcast(F, ALL.get(FLOAT, pa + 20));
      c50 = av.fma(bv0, c50);
      c51 = av.fma(bv1, c51);
      pa += aDepth;
      pb += bDepth;
      if (--k == 0) {
        k = depth;
        pa += aJump1;
        pb += bJump1;
        if (--i1 == 0) {
          i1 = n1;
          pa += aJump2;
          pb += bJump2;
        }
      }
    }
    long row = c;
    c00.intoMemorySegment(ALL, row, ORDER);
    c01.intoMemorySegment(ALL, row + cVec, ORDER);
    row += cRow;
    c10.intoMemorySegment(ALL, row, ORDER);
    c11.intoMemorySegment(ALL, row + cVec, ORDER);
    row += cRow;
    c20.intoMemorySegment(ALL, row, ORDER);
    c21.intoMemorySegment(ALL, row + cVec, ORDER);
    row += cRow;
    c30.intoMemorySegment(ALL, row, ORDER);
    c31.intoMemorySegment(ALL, row + cVec, ORDER);
    row += cRow;
    c40.intoMemorySegment(ALL, row, ORDER);
    c41.intoMemorySegment(ALL, row + cVec, ORDER);
    row += cRow;
    c50.intoMemorySegment(ALL, row, ORDER);
    c51.intoMemorySegment(ALL, row + cVec, ORDER);
  }
}
