package dev.lanewise.kernel;

import org.jspecify.annotations.Nullable;

/** Row kernels: softmax and what is built on it. */
public final class SoftmaxKernel {
  private SoftmaxKernel() {}

  public static void softmax(Operand x, Operand y, long rows, int columns) {}

  public static void logSoftmax(Operand x, Operand y, long rows, int columns) {}

  public static void softmaxGradient(Operand y, Operand dy, Operand dx, long rows, int columns) {}

  public static void logSoftmaxGradient(
      Operand y, Operand dy, Operand dx, long rows, int columns) {}

  public static void crossEntropy(
      Operand logits,
      Operand labelsInt64,
      Operand loss,
      @Nullable Operand weights,
      int ignoreIndex,
      float labelSmoothing,
      long rows,
      int columns) {}

  public static void crossEntropyGradient(
      Operand logits,
      Operand labelsInt64,
      Operand dlossPerRow,
      Operand dlogits,
      @Nullable Operand weights,
      int ignoreIndex,
      float labelSmoothing,
      long rows,
      int columns) {}
}
