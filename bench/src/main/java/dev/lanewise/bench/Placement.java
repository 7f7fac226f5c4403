package dev.lanewise.bench;

import dev.lanewise.kernel.team.Handover;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Which iterations count: those while two processors hand each other a cache line within some time.
 *
 * <p>The two processors of a virtual machine may share a cache for some seconds, and for the next
 * ones not, as its host moves them. What threads write for each other then costs several times as
 * much, and memory may be twice as fast. Figures of two sides that were measured in different such
 * times say nothing of the sides.
 *
 * @param least nanoseconds of a {@link Handover}
 * @param most likewise
 */
record Placement(double least, double most) {
  /** Every iteration counts. */
  static final Placement ANY = new Placement(0, Double.POSITIVE_INFINITY);

  /** In the measuring process: what {@link #toString} says. */
  static final String PROPERTY = "lanewise.bench.handover";

  private static final String BETWEEN = "..";

  /** The work is run for so long between two looks: a machine at rest is not moved. */
  static final long BUSY_NANOS = 50_000_000;

  /** After that an iteration begins in any case. */
  static final long LONGEST_NANOS = 30_000_000_000L;

  /** Reads {@code least..most}, of which one may be absent. */
  static Placement parse(String text) {
    int between = text.indexOf(BETWEEN);
    try {
      if (between < 0) {
        throw new NumberFormatException("no " + BETWEEN);
      }
      String least = text.substring(0, between);
      String most = text.substring(between + BETWEEN.length());
      return new Placement(
          least.isEmpty() ? ANY.least : Double.parseDouble(least),
          most.isEmpty() ? ANY.most : Double.parseDouble(most));
    } catch (NumberFormatException wrong) {
      throw new IllegalArgumentException(
          "--handover is '%s'; expected nanoseconds as 0..150, ..150 or 200..".formatted(text),
          wrong);
    }
  }

  /** Of this process; null where nothing is handed over, for it has one thread. */
  static @Nullable Placement ofProcess() {
    String text = System.getProperty(PROPERTY);
    return text == null ? null : parse(text);
  }

  boolean suits(double nanos) {
    return least <= nanos && nanos <= most;
  }

  /** Whether two sides were measured at the same place, as far as a half more or less tells. */
  static boolean alike(double one, double other) {
    return Math.max(one, other) <= 1.5 * Math.min(one, other);
  }

  /**
   * Runs the work until the processors are where they are wanted.
   *
   * @param nanoTime the clock
   * @param handover measures
   * @return what it measured last
   */
  double await(Runnable work, LongSupplier nanoTime, DoubleSupplier handover) {
    long begun = nanoTime.getAsLong();
    long now = begun;
    double nanos;
    while (!suits(nanos = handover.getAsDouble()) && now - begun < LONGEST_NANOS) {
      long start = now;
      do {
        work.run();
        now = nanoTime.getAsLong();
      } while (now - start < BUSY_NANOS);
    }
    return nanos;
  }

  @Override
  public String toString() {
    return least + BETWEEN + (most == ANY.most ? "" : Double.toString(most));
  }
}
