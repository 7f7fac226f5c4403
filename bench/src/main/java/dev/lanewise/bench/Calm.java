package dev.lanewise.bench;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.LongSupplier;

/**
 * Holds a timed iteration back while threads of this process wait for a processor.
 *
 * <p>A compilation by the JIT compiler that lasts longer than an iteration takes a whole processor:
 * the scheduler of Linux leaves it there and lets the two threads that share a work take turns on
 * the other one, so that each run takes twice as long. What is compiled so late runs once in a
 * call, and need not have shown itself in the warm-up. An iteration in which such a compilation
 * begins is lost; the next ones wait here until it is over, and the median is of those.
 */
final class Calm {
  /** Runs are looked at for so long, or one by one where they take longer. */
  static final long WINDOW_NANOS = 10_000_000;

  /** The part of its time that the threads together may wait. */
  static final double WAITING = 0.1;

  /** After that an iteration begins in any case: there may be more threads than processors. */
  static final long LONGEST_NANOS = 1_000_000_000;

  private static final Path TASKS = Path.of("/proc/self/task");

  private final LongSupplier nanoTime;
  private final LongSupplier waitedNanos;

  /** With clocks of its own, for tests. */
  Calm(LongSupplier nanoTime, LongSupplier waitedNanos) {
    this.nanoTime = nanoTime;
    this.waitedNanos = waitedNanos;
  }

  /** With those of this process; where the system does not tell, it is always calm. */
  Calm() {
    this(System::nanoTime, Calm::waitedNanos);
  }

  /** Runs the work until all threads have had the processors they wanted. */
  void await(Runnable work) {
    long begun = nanoTime.getAsLong();
    long now = begun;
    boolean calm = false;
    while (!calm && now - begun < LONGEST_NANOS) {
      long waited = waitedNanos.getAsLong();
      long start = now;
      do {
        work.run();
        now = nanoTime.getAsLong();
      } while (now - start < WINDOW_NANOS);
      calm = waitedNanos.getAsLong() - waited <= WAITING * (now - start);
    }
  }

  /** How long the threads of this process have been able to run but had no processor. */
  static long waitedNanos() {
    long sum = 0;
    try (DirectoryStream<Path> threads = Files.newDirectoryStream(TASKS)) {
      for (Path thread : threads) {
        sum += waitedNanos(thread.resolve("schedstat"));
      }
    } catch (IOException notLinux) {
      return 0;
    }
    return sum;
  }

  /** Time on a processor, time waiting for one, number of turns. */
  private static long waitedNanos(Path schedstat) {
    try {
      return Long.parseLong(Files.readString(schedstat).strip().split(" ")[1]);
    } catch (IOException ended) {
      return 0;
    }
  }
}
