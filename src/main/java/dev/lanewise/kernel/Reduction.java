package dev.lanewise.kernel;

import org.jspecify.annotations.Nullable;

/** Reductions. */
public final class Reduction {
  private Reduction() {}

  public static void sum(Operand x, Operand y, long outer, long reduce, long inner, float scale) {}

  public static void prod(Operand x, Operand y, long outer, long reduce, long inner) {}

  public static void max(
      Operand x, Operand y, @Nullable Operand argmaxInt64, long outer, long reduce, long inner) {}

  public static void min(
      Operand x, Operand y, @Nullable Operand argminInt64, long outer, long reduce, long inner) {}

  public static void sumLanes(Operand x, Operand y, long pixels, int channels) {}
}
