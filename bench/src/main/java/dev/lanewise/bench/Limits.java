package dev.lanewise.bench;

import dev.lanewise.kernel.team.MachineLimits;
import java.util.stream.Stream;

/**
 * What the machine can do at most with so many threads, measured beside the figures.
 *
 * @param fma multiply-adds, in GFLOP/s
 * @param read of memory beyond the caches, in GB/s; likewise the next two
 * @param copy y = a, each array counted once
 * @param triad y = a + s b, each array counted once
 * @param handover nanoseconds for a cache line to another processor and back; 0 on one thread
 */
record Limits(double fma, double read, double copy, double triad, double handover) {
  /** Measures in this process, with the threads of Lanewise, and prints. */
  public static void main(String[] arguments) {
    Placement placement = Placement.ofProcess();
    MachineLimits limits;
    long begun = System.nanoTime();
    do {
      limits = MachineLimits.measure();
    } while (placement != null
        && !placement.suits(limits.handover())
        && System.nanoTime() - begun < Placement.LONGEST_NANOS);
    System.out.println(
        Measuring.MARK
            + String.join(
                " ",
                Double.toString(limits.fma()),
                Double.toString(limits.bandwidth()),
                Double.toString(limits.copy()),
                Double.toString(limits.triad()),
                Double.toString(limits.handover())));
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
    double[] values = Stream.of(line.split(" ")).mapToDouble(Double::parseDouble).toArray();
    return new Limits(values[0], values[1], values[2], values[3], values[4]);
  }

  /** What a pass that reads and writes can reach at most. */
  double bandwidth() {
    return Math.max(copy, triad);
  }

  /** The part of the limit that this time means: of arithmetic, or of memory; 0 for neither. */
  double share(Case what, double microseconds) {
    if (what.flops() > 0) {
      return what.flops() / (microseconds * 1e3) / fma;
    }
    return what.boundByMemory() ? what.work() / (microseconds * 1e3) / bandwidth() : 0;
  }
}
