package dev.lanewise.kernel.team;

import java.util.concurrent.locks.LockSupport;

/**
 * How far two processors are from each other: the time in which a cache line goes from one to the
 * other and back. Some 50 to 150 ns where they share a cache, 200 to 600 where it has to cross
 * between the parts of a processor or between two of them.
 *
 * <p>What two threads write for each other costs that much more then, while each part brings a way
 * to memory of its own. A virtual machine may be moved from the one to the other and back within
 * seconds, so figures of two threads only compare where this is the same.
 */
public final class Handover {
  /** Times there and back that are timed together: some 10 µs. */
  private static final int TIMES = 100;

  /** It ends when nothing has become faster for so long: interrupted, or not compiled yet. */
  private static final long QUIET_NANOS = 3_000_000;

  private static final long LONGEST_NANOS = 100_000_000;

  /** The first measurement of a process lasts at least so long, for the compiler. */
  private static final long COMPILING_NANOS = 60_000_000;

  /**
   * How long the caller sleeps while the other thread runs: when it wakes, the scheduler gives it a
   * processor of its own.
   */
  private static final long SETTLING_NANOS = 500_000;

  private static final int HERE = 1;
  private static final int THERE = 2;
  private static final int END = 3;

  private static volatile boolean compiled;

  /** What lies where it is looked at; nothing else shares its line, or the neighbour of that. */
  @SuppressWarnings("unused")
  private long before0, before1, before2, before3, before4, before5, before6, before7;

  private volatile long ball = HERE;

  @SuppressWarnings("unused")
  private long after0, after1, after2, after3, after4, after5, after6, after7;

  private Handover() {}

  /**
   * Measures now, within 3 to 100 ms, with one thread beside this one.
   *
   * @return nanoseconds there and back; 0 where there is only one processor
   */
  public static double nanos() {
    if (Runtime.getRuntime().availableProcessors() < 2) {
      return 0;
    }
    double nanos = new Handover().measure(compiled ? 0 : COMPILING_NANOS);
    compiled = true;
    return nanos;
  }

  private double measure(long shortest) {
    Thread other =
        Thread.ofPlatform()
            .daemon()
            .name("lanewise-handover")
            .start(() -> {
              while (await(HERE) != END) {
                ball = HERE;
              }
            });
    LockSupport.parkNanos(SETTLING_NANOS);
    double best = Double.POSITIVE_INFINITY;
    long begun = System.nanoTime();
    long improved = begun;
    long now = begun;
    while (now - begun < shortest || now - improved < QUIET_NANOS && now - begun < LONGEST_NANOS) {
      long start = now;
      for (int i = 0; i < TIMES; i++) {
        ball = THERE;
        await(THERE);
      }
      now = System.nanoTime();
      double nanos = (double) (now - start) / TIMES;
      if (nanos < 0.95 * best) {
        improved = now;
      }
      best = Math.min(best, nanos);
    }
    ball = END;
    boolean interrupted = false;
    while (other.isAlive()) {
      try {
        other.join();
      } catch (InterruptedException early) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return best;
  }

  /** Looks until something else than this lies there; a pause between looks would be timed, too. */
  private long await(long held) {
    long seen;
    do {
      seen = ball;
    } while (seen == held);
    return seen;
  }
}
