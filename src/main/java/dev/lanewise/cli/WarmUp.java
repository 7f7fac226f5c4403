package dev.lanewise.cli;

import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs something until it is as fast as it becomes: until, for some time, no run has been faster
 * than those before, and the JIT compiler has had next to nothing to do.
 *
 * <p>The second matters as much as the first. What runs once in a step of training is compiled
 * after some thousand steps, seconds after the kernels are; a step no longer becomes faster by it,
 * but while the compiler is at work, it takes the processor from one of the threads, and those that
 * share the work with it wait.
 */
public final class WarmUp {
  /** Runs are looked at in windows of this length, or one by one where they are longer. */
  private static final long WINDOW_NANOS = 20_000_000;

  /** What a window takes a run at most, as a part of the best, to count as faster. */
  private static final double FASTER = 0.98;

  /** The share of a processor that the compiler may still take. */
  private static final double QUIET = 0.01;

  /**
   * After so many runs what is called once in each has been compiled, by the compiler's usual
   * threshold of 5,000 calls; what is called twice is compiled at half of them, and between the two
   * the compiler is quiet.
   */
  private static final long COMPILED_RUNS = 6000;

  /** Windows that show it, at least: runs of a large network take long. */
  private static final int FEWEST_WINDOWS = 4;

  private final LongSupplier nanoTime;
  private final LongSupplier compilerMillis;

  /**
   * With clocks of its own, for tests.
   *
   * @param nanoTime the time
   * @param compilerMillis the time that the compiler has taken so far
   */
  WarmUp(LongSupplier nanoTime, LongSupplier compilerMillis) {
    this.nanoTime = nanoTime;
    this.compilerMillis = compilerMillis;
  }

  /** With the clocks of this JVM. */
  public WarmUp() {
    this(System::nanoTime, compiler());
  }

  /** A JVM without a compiler, or one that does not tell, is always quiet. */
  private static LongSupplier compiler() {
    @Nullable CompilationMXBean compiler = ManagementFactory.getCompilationMXBean();
    return compiler == null || !compiler.isCompilationTimeMonitoringSupported()
        ? () -> 0
        : compiler::getTotalCompilationTime;
  }

  /**
   * Runs it.
   *
   * <p>It waits for the 6,000th run, in which nothing is compiled for the first time any more,
   * where that comes before the longest time.
   *
   * @param calm so many seconds without a faster run, of which the compiler took a hundredth at
   *     most, end it
   * @param longest so many seconds end it in any case
   * @return whether it ended before that
   */
  public boolean run(double calm, double longest, Runnable work) {
    long start = nanoTime.getAsLong();
    long now = start;
    double best = Double.MAX_VALUE;
    // What has been calm since then, and what the compiler had done by then.
    long calmSince = start;
    long compiled = compilerMillis.getAsLong();
    int windows = 0;
    long runs = 0;
    while ((now - start) * 1e-9 < longest || best == Double.MAX_VALUE) {
      long begin = now;
      long count = 0;
      do {
        work.run();
        count++;
        now = nanoTime.getAsLong();
      } while (now - begin < WINDOW_NANOS);
      windows++;
      runs += count;
      double each = (double) (now - begin) / count;
      long total = compilerMillis.getAsLong();
      boolean faster = each < best * FASTER;
      // What becomes faster by little at a time becomes faster, too: the best stays as it was.
      best = faster ? each : best;
      if (faster || (total - compiled) * 1e-3 > QUIET * calm) {
        calmSince = now;
        compiled = total;
        windows = 0;
      } else if ((now - calmSince) * 1e-9 >= calm
          && windows >= FEWEST_WINDOWS
          && (runs >= COMPILED_RUNS
              || now - start + (COMPILED_RUNS - runs) * each > longest * 1e9)) {
        return true;
      }
    }
    return false;
  }
}
