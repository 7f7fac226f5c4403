package dev.lanewise.kernel;

import org.jspecify.annotations.Nullable;

/** Pooling in the layout of batch lanes. */
public final class Pooling {
  private Pooling() {}

  public static long argmaxBytes(Pool2dDims dims) {
    return 0;
  }

  public static void maxForward(Operand x, Operand y, @Nullable Operand argmax, Pool2dDims dims) {}

  public static void maxBackward(Operand dy, Operand argmax, Operand dx, Pool2dDims dims) {}

  public static void maxGather(Operand g, Operand argmax, Operand y, Pool2dDims dims) {}

  public static void averageForward(
      Operand x, Operand y, Pool2dDims dims, boolean countIncludePad, int divisorOverride) {}

  public static void averageBackward(
      Operand dy, Operand dx, Pool2dDims dims, boolean countIncludePad, int divisorOverride) {}
}
