package dev.lanewise.bench;

import java.util.Map;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One thing that both sides do: a row of the table. Its text form names it on a command line. */
sealed interface Case {
  /** The name of the row, and what {@link #parse} understands. */
  @Override
  String toString();

  /** The JMH class, within which each side has its own. */
  Class<?> benchmark();

  /** The parameters of the JMH class. */
  Map<String, String> parameters();

  /** What a run of so many microseconds means in {@link #unit}. */
  double rate(double microseconds);

  String unit();

  /**
   * The case of that text: {@code mlp/64} or {@code 64x512x784:NT}.
   *
   * @throws IllegalArgumentException when it is neither
   */
  static Case parse(String text) {
    int slash = text.indexOf('/');
    if (slash < 0) {
      return Gemm.parse(text);
    }
    return new TrainStep(
        Network.named(text.substring(0, slash)), Integer.parseInt(text.substring(slash + 1)));
  }

  /** A training step of a network at a batch size. */
  record TrainStep(Network network, int batch) implements Case {
    @Override
    public String toString() {
      return network.name() + "/" + batch;
    }

    @Override
    public Class<?> benchmark() {
      return TrainStepBench.class;
    }

    @Override
    public Map<String, String> parameters() {
      return Map.of("model", network.name(), "batch", Integer.toString(batch));
    }

    @Override
    public double rate(double microseconds) {
      return batch * 1e6 / microseconds;
    }

    @Override
    public String unit() {
      return "samples/s";
    }
  }

  /**
   * C (m, n) = A (m, k) B (k, n), row-major.
   *
   * @param transposedA A lies in memory as (k, m)
   * @param transposedB B lies in memory as (n, k)
   */
  record Gemm(int m, int n, int k, boolean transposedA, boolean transposedB) implements Case {
    private static final Pattern FORM = Pattern.compile("(\\d+)x(\\d+)x(\\d+)(?::([NT])([NT]))?");

    static Gemm parse(String text) {
      Matcher form = FORM.matcher(text);
      if (!form.matches()) {
        throw new IllegalArgumentException(
            "'%s' is no matrix product; write MxNxK or MxNxK:NT, N or T for A and for B."
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
      return Workload.uniform(new SplittableRandom(1), m * k, 1);
    }

    /** B as it lies in memory. */
    float[] b() {
      return Workload.uniform(new SplittableRandom(2), k * n, 1);
    }

    int[] shapeA() {
      return transposedA ? new int[] {k, m} : new int[] {m, k};
    }

    int[] shapeB() {
      return transposedB ? new int[] {n, k} : new int[] {k, n};
    }

    @Override
    public String toString() {
      return "%dx%dx%d:%s%s".formatted(m, n, k, transposedA ? "T" : "N", transposedB ? "T" : "N");
    }

    @Override
    public Class<?> benchmark() {
      return GemmBench.class;
    }

    @Override
    public Map<String, String> parameters() {
      return Map.of("shape", toString());
    }

    @Override
    public double rate(double microseconds) {
      return 2.0 * m * n * k / (microseconds * 1e3);
    }

    @Override
    public String unit() {
      return "GFLOP/s";
    }
  }
}
