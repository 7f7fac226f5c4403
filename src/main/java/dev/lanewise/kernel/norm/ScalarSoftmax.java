package dev.lanewise.kernel.norm;

import dev.lanewise.kernel.vector.Mem;
import dev.lanewise.kernel.vector.Operand;
import org.jspecify.annotations.Nullable;

/** The scalar twin of {@link SoftmaxKernel}, in double precision. */
public final class ScalarSoftmax {
  private ScalarSoftmax() {}

  /** The probabilities of one row. */
  private static double[] probabilities(long x, int columns) {
    double max = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < columns; i++) {
      max = Math.max(max, Mem.get(x + (long) i * 4));
    }
    double[] p = new double[columns];
    double sum = 0;
    for (int i = 0; i < columns; i++) {
      p[i] = Math.exp(Mem.get(x + (long) i * 4) - max);
      sum += p[i];
    }
    for (int i = 0; i < columns; i++) {
      p[i] /= sum;
    }
    return p;
  }

  /** The logarithm of the sum of the exponentials of one row. */
  private static double logSum(long x, int columns) {
    double max = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < columns; i++) {
      max = Math.max(max, Mem.get(x + (long) i * 4));
    }
    double sum = 0;
    for (int i = 0; i < columns; i++) {
      sum += Math.exp(Mem.get(x + (long) i * 4) - max);
    }
    return max + Math.log(sum);
  }

  /** See {@link SoftmaxKernel#softmax}. */
  public static void softmax(Operand x, Operand y, long rows, int columns) {
    for (long row = 0; row < rows; row++) {
      double[] p = probabilities(Operand.address(x) + row * columns * 4, columns);
      for (int i = 0; i < columns; i++) {
        Mem.set(Operand.address(y) + (row * columns + i) * 4, (float) p[i]);
      }
    }
  }

  /** See {@link SoftmaxKernel#logSoftmax}. */
  public static void logSoftmax(Operand x, Operand y, long rows, int columns) {
    for (long row = 0; row < rows; row++) {
      double log = logSum(Operand.address(x) + row * columns * 4, columns);
      for (int i = 0; i < columns; i++) {
        long offset = (row * columns + i) * 4;
        Mem.set(Operand.address(y) + offset, (float) (Mem.get(Operand.address(x) + offset) - log));
      }
    }
  }

  /** See {@link SoftmaxKernel#softmaxGradient}. */
  public static void softmaxGradient(Operand y, Operand dy, Operand dx, long rows, int columns) {
    for (long row = 0; row < rows; row++) {
      double dot = 0;
      for (int i = 0; i < columns; i++) {
        long offset = (row * columns + i) * 4;
        dot +=
            (double) Mem.get(Operand.address(y) + offset) * Mem.get(Operand.address(dy) + offset);
      }
      for (int i = 0; i < columns; i++) {
        long offset = (row * columns + i) * 4;
        double centred = Mem.get(Operand.address(dy) + offset) - dot;
        Mem.set(
            Operand.address(dx) + offset, (float) (Mem.get(Operand.address(y) + offset) * centred));
      }
    }
  }

  /** See {@link SoftmaxKernel#logSoftmaxGradient}. */
  public static void logSoftmaxGradient(Operand y, Operand dy, Operand dx, long rows, int columns) {
    for (long row = 0; row < rows; row++) {
      double sum = 0;
      for (int i = 0; i < columns; i++) {
        sum += Mem.get(Operand.address(dy) + (row * columns + i) * 4);
      }
      for (int i = 0; i < columns; i++) {
        long offset = (row * columns + i) * 4;
        double p = Math.exp(Mem.get(Operand.address(y) + offset));
        Mem.set(
            Operand.address(dx) + offset,
            (float) (Mem.get(Operand.address(dy) + offset) - p * sum));
      }
    }
  }

  /** See {@link SoftmaxKernel#crossEntropy}. */
  public static void crossEntropy(
      Operand logits,
      Operand labelsInt64,
      Operand loss,
      @Nullable Operand weights,
      int ignoreIndex,
      float labelSmoothing,
      long rows,
      int columns) {
    for (long row = 0; row < rows; row++) {
      long label = Mem.ALL.get(Mem.LONG, Operand.address(labelsInt64) + row * 8);
      double value = 0;
      if (label != ignoreIndex) {
        long x = Operand.address(logits) + row * columns * 4;
        double log = logSum(x, columns);
        for (int i = 0; i < columns; i++) {
          double share = (i == label ? 1 - labelSmoothing : 0) + labelSmoothing / columns;
          value += share * weight(weights, i) * (log - Mem.get(x + (long) i * 4));
        }
      }
      Mem.set(Operand.address(loss) + row * 4, (float) value);
    }
  }

  /** See {@link SoftmaxKernel#crossEntropyGradient}. */
  public static void crossEntropyGradient(
      Operand logits,
      Operand labelsInt64,
      Operand dlossPerRow,
      Operand dlogits,
      @Nullable Operand weights,
      int ignoreIndex,
      float labelSmoothing,
      long rows,
      int columns) {
    for (long row = 0; row < rows; row++) {
      long label = Mem.ALL.get(Mem.LONG, Operand.address(labelsInt64) + row * 8);
      double[] p = probabilities(Operand.address(logits) + row * columns * 4, columns);
      double slope = label == ignoreIndex ? 0 : Mem.get(Operand.address(dlossPerRow) + row * 4);
      double all = 0;
      for (int i = 0; i < columns; i++) {
        double share = (i == label ? 1 - labelSmoothing : 0) + labelSmoothing / columns;
        all += share * weight(weights, i);
      }
      for (int i = 0; i < columns; i++) {
        double share = (i == label ? 1 - labelSmoothing : 0) + labelSmoothing / columns;
        double value = slope * (all * p[i] - share * weight(weights, i));
        Mem.set(Operand.address(dlogits) + (row * columns + i) * 4, (float) value);
      }
    }
  }

  private static double weight(@Nullable Operand weights, int column) {
    return weights == null ? 1 : Mem.get(Operand.address(weights) + (long) column * 4);
  }
}
