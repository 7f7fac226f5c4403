package dev.lanewise.bench;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * C (m, n) = A (m, k) B (k, n), float32, row-major, no tape.
 *
 * @param transposedA A lies in memory as (k, m)
 * @param transposedB B lies in memory as (n, k)
 */
record Gemm(int m, int n, int k, boolean transposedA, boolean transposedB) implements Case {
  static final String FAMILY = "gemm";
  private static final Pattern FORM = Pattern.compile("(\\d+)x(\\d+)x(\\d+)(?::([NT])([NT]))?");

  static Gemm parse(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      throw new IllegalArgumentException(
          "'%s' is no matrix product; write gemm/MxNxK or gemm/MxNxK:NT, N or T for A and for B."
              .formatted(text));
    }
    return new Gemm(
        Integer.parseInt(form.group(1)),
        Integer.parseInt(form.group(2)),
        Integer.parseInt(form.group(3)),
        "T".equals(form.group(4)),
        "T".equals(form.group(5)));
  }

  /** A as it lies in memory. */
  float[] a() {
    return Numbers.uniform(1, m * k);
  }

  /** B as it lies in memory. */
  float[] b() {
    return Numbers.uniform(2, k * n);
  }

  int[] shapeA() {
    return transposedA ? new int[] {k, m} : new int[] {m, k};
  }

  int[] shapeB() {
    return transposedB ? new int[] {n, k} : new int[] {k, n};
  }

  @Override
  public List<Side> sides() {
    return List.of(Side.LANEWISE, Side.LIBTORCH, Side.ONEDNN, Side.OPENBLAS);
  }

  @Override
  public Unit unit() {
    return Unit.GFLOPS;
  }

  @Override
  public double work() {
    return 2.0 * m * n * k;
  }

  @Override
  public String toString() {
    return "%s/%dx%dx%d:%s%s"
        .formatted(FAMILY, m, n, k, transposedA ? "T" : "N", transposedB ? "T" : "N");
  }
}
