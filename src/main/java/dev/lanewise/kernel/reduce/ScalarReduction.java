package dev.lanewise.kernel.reduce;

import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.kernel.vector.Mem;
import dev.lanewise.kernel.vector.Operand;
import org.jspecify.annotations.Nullable;

/** The scalar twin of {@link Reduction}; sums and products are formed in double precision. */
public final class ScalarReduction {
  private ScalarReduction() {}

  /** See {@link Reduction#sum}. */
  public static void sum(Operand x, Operand y, long outer, long reduce, long inner, float scale) {
    for (long o = 0; o < outer; o++) {
      for (long i = 0; i < inner; i++) {
        double sum = 0;
        for (long r = 0; r < reduce; r++) {
          sum += Mem.get(Operand.address(x) + ((o * reduce + r) * inner + i) * 4);
        }
        Mem.set(Operand.address(y) + (o * inner + i) * 4, (float) (sum * scale));
      }
    }
  }

  /** See {@link Reduction#prod}. */
  public static void prod(Operand x, Operand y, long outer, long reduce, long inner) {
    for (long o = 0; o < outer; o++) {
      for (long i = 0; i < inner; i++) {
        double product = 1;
        for (long r = 0; r < reduce; r++) {
          product *= Mem.get(Operand.address(x) + ((o * reduce + r) * inner + i) * 4);
        }
        Mem.set(Operand.address(y) + (o * inner + i) * 4, (float) product);
      }
    }
  }

  /** See {@link Reduction#max}. */
  public static void max(
      Operand x, Operand y, @Nullable Operand argmaxInt64, long outer, long reduce, long inner) {
    choose(x, y, argmaxInt64, outer, reduce, inner, 1);
  }

  /** See {@link Reduction#min}. */
  public static void min(
      Operand x, Operand y, @Nullable Operand argminInt64, long outer, long reduce, long inner) {
    choose(x, y, argminInt64, outer, reduce, inner, -1);
  }

  private static void choose(
      Operand x,
      Operand y,
      @Nullable Operand index,
      long outer,
      long reduce,
      long inner,
      int sign) {
    for (long o = 0; o < outer; o++) {
      for (long i = 0; i < inner; i++) {
        float best = Mem.get(Operand.address(x) + (o * reduce * inner + i) * 4);
        long chosen = 0;
        for (long r = 1; r < reduce; r++) {
          float value = Mem.get(Operand.address(x) + ((o * reduce + r) * inner + i) * 4);
          if (sign * value > sign * best || (Float.isNaN(value) && !Float.isNaN(best))) {
            best = value;
            chosen = r;
          }
        }
        Mem.set(Operand.address(y) + (o * inner + i) * 4, best);
        if (index != null) {
          Mem.ALL.set(Mem.LONG, Operand.address(index) + (o * inner + i) * 8, chosen);
        }
      }
    }
  }

  /** See {@link Reduction#sumLanes}. */
  public static void sumLanes(Operand x, Operand y, long pixels, int channels) {
    for (int c = 0; c < channels; c++) {
      double sum = 0;
      for (long pixel = 0; pixel < pixels; pixel++) {
        for (int lane = 0; lane < Lanes.L; lane++) {
          sum += Mem.get(Operand.address(x) + ((pixel * channels + c) * Lanes.L + lane) * 4);
        }
      }
      Mem.set(Operand.address(y) + (long) c * 4, (float) sum);
    }
  }
}
