package dev.lanewise.kernel.block;

/**
 * What a cycle of the processor takes, by a chain of multiply-adds that wait for each other: four
 * cycles each on all processors of the last ten years, five on some before.
 */
final class CycleTime {
  private static final int CYCLES = 4;
  private static final int LENGTH = 4096;

  /** More often than the compiler counts before it compiles a loop. */
  private static final int CALLS = 30;

  /** No processor is slower, so the chain has not been compiled where it seems so. */
  private static final double LONGEST_NANOS = 1;

  private static final long PATIENCE_NANOS = 20_000_000L;

  private static volatile double nanos = Double.POSITIVE_INFINITY;

  private static volatile float last;

  private CycleTime() {}

  /** Nanoseconds, too many as long as {@link #measure} was called before it was compiled only. */
  static double nanos() {
    return nanos;
  }

  /** The fastest of some measurements and those before. */
  static void measure() {
    long start = System.nanoTime();
    double least = nanos;
    for (int i = 0; i < CALLS || least > LONGEST_NANOS; i++) {
      long before = System.nanoTime();
      last = chain(last);
      long now = System.nanoTime();
      least = Math.min(least, (double) (now - before) / (LENGTH * CYCLES));
      if (now - start > PATIENCE_NANOS) {
        break;
      }
    }
    nanos = least;
  }

  private static float chain(float first) {
    float x = first;
    for (int i = 0; i < LENGTH; i++) {
      x = Math.fma(x, 0.5f, 1f);
    }
    return x;
  }
}
