package dev.lanewise.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * How busy all other processes keep the machine. A single one that takes a tenth of a core makes
 * the threads of an OpenMP program wait for each other, and the figures worthless.
 */
final class Bystanders {
  private static final Path MACHINE = Path.of("/proc/stat");
  private static final Path SELF = Path.of("/proc/self/stat");

  /** The kernel counts in hundredths of a second for all programs. */
  private static final double TICKS_PER_SECOND = 100;

  /** More cores than that, kept busy by others, make a figure unreliable. */
  static final double QUIET = 0.1;

  private final boolean known = Files.isReadable(MACHINE) && Files.isReadable(SELF);
  private final long nanos = System.nanoTime();
  private final long ticks = known ? ticksOfOthers() : 0;

  /**
   * The cores that others have kept busy on average since this object was made; 0 where the system
   * does not tell. Child processes must have ended to count as this program's own.
   */
  double cores() {
    double seconds = (System.nanoTime() - nanos) * 1e-9;
    return known ? Math.max(0, (ticksOfOthers() - ticks) / TICKS_PER_SECOND / seconds) : 0;
  }

  /** Waits until others have been quiet for a second, but no longer than that many seconds. */
  static void awaitQuiet(int seconds) throws InterruptedException {
    for (int i = 0; i < seconds; i++) {
      Bystanders second = new Bystanders();
      Thread.sleep(1000);
      if (second.cores() <= QUIET) {
        return;
      }
    }
  }

  private static long ticksOfOthers() {
    try (Stream<String> lines = Files.lines(MACHINE)) {
      // cpu user nice system idle iowait irq softirq steal …
      long[] all = numbers(lines.findFirst().orElseThrow().substring("cpu".length()));
      long busy = all[0] + all[1] + all[2] + all[5] + all[6] + all[7];
      String self = Files.readString(SELF);
      // The name, in parentheses, may hold blanks; the state follows it.
      long[] own = numbers(self.substring(self.lastIndexOf(')') + 3));
      // utime, stime, and those of the children that have ended: fields 14 to 17, the state being
      // 3.
      return busy - LongStream.of(own).skip(10).limit(4).sum();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long[] numbers(String text) {
    // Later fields of a process are unsigned and may be too long; none of them is needed.
    return Stream.of(text.strip().split("\\s+")).limit(20).mapToLong(Long::parseLong).toArray();
  }
}
