package dev.lanewise.bench;

import dev.lanewise.kernel.MachineLimits;

/**
 * What the machine can do at most with so many threads, measured beside the figures.
 *
 * @param fma multiply-adds, in GFLOP/s
 * @param bandwidth of memory beyond the caches, in GB/s
 */
record Limits(double fma, double bandwidth) {
  /** Measures in this process, with the threads of Lanewise, and prints. */
  public static void main(String[] arguments) {
    MachineLimits limits = MachineLimits.measure();
    System.out.println(Measuring.MARK + limits.fma() + " " + limits.bandwidth());
    System.exit(0);
  }

  static Limits parse(String output) {
    String line =
        output
            .lines()
            .filter(text -> text.startsWith(Measuring.MARK))
            .findFirst()
            .orElseThrow()
            .substring(Measuring.MARK.length());
    String[] parts = line.split(" ");
    return new Limits(Double.parseDouble(parts[0]), Double.parseDouble(parts[1]));
  }

  /** The part of the limit that this time means: of arithmetic, or of memory; 0 for neither. */
  double share(Case what, double microseconds) {
    if (what.flops() > 0) {
      return what.flops() / (microseconds * 1e3) / fma;
    }
    return what.unit() == Unit.GIGABYTES ? what.work() / (microseconds * 1e3) / bandwidth : 0;
  }
}
