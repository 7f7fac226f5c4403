package dev.lanewise.kernel.reduce;

import dev.lanewise.kernel.elementwise.Elementwise;
import dev.lanewise.kernel.team.Chunks;
import dev.lanewise.kernel.vector.Mem;
import dev.lanewise.kernel.vector.Operand;
import dev.lanewise.kernel.vector.VectorMemory;

/** Running sums along one of three dimensions. */
public final class Scan {
  private Scan() {}

  /**
   * y[o][r][i] = Σ x[o][s][i] over s ≤ r, or over s ≥ r.
   *
   * @param outer dimensions before
   * @param n the dimension along which the sum runs
   * @param inner dimensions behind
   * @param reverse from the last element to the first
   */
  public static void sum(Operand x, Operand y, long outer, long n, long inner, boolean reverse) {
    long from = Operand.address(x);
    long to = Operand.address(y);
    if (n == 0) {
      return;
    }
    long step = (reverse ? -inner : inner) * 4;
    long first = reverse ? (n - 1) * inner * 4 : 0;
    if (inner == 1) {
      Chunks.run(
          outer,
          n,
          (start, end) -> {
            for (long o = start; o < end; o++) {
              row(from + o * n * 4 + first, to + o * n * 4 + first, step, n);
            }
          });
      return;
    }
    // Whole rows of the inner dimensions are added to the row before.
    Chunks.run(
        outer,
        n * inner,
        (start, end) -> {
          for (long o = start; o < end; o++) {
            long base = o * n * inner * 4 + first;
            VectorMemory.copy(from + base, to + base, Math.toIntExact(inner));
            for (long r = 1; r < n; r++) {
              long at = base + r * step;
              VectorMemory.copy(from + at, to + at, (int) inner);
              Elementwise.accumulateRange(to + at, to + at - step, (int) inner);
            }
          }
        });
  }

  /** In double precision, so that long sums stay exact to the last bits of a float. */
  private static void row(long x, long y, long step, long n) {
    double sum = 0;
    for (long r = 0; r < n; r++) {
      sum += Mem.get(x + r * step);
      Mem.set(y + r * step, (float) sum);
    }
  }
}
