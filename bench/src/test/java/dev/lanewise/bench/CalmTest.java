package dev.lanewise.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class CalmTest {
  private long now;
  private long waited;
  private int runs;

  private final Calm calm = new Calm(() -> now, () -> waited);

  @Test
  void anIterationBeginsAfterOneWindowWhereNobodyWaits() {
    calm.await(() -> run(Calm.WINDOW_NANOS / 2, 0));
    assertEquals(2, runs);
  }

  @Test
  void itIsHeldBackWhileThreadsWaitForAProcessor() {
    // A compilation for the first seven windows: the two threads share one processor meanwhile.
    calm.await(() -> run(Calm.WINDOW_NANOS, runs < 7 ? Calm.WINDOW_NANOS : 0));
    assertEquals(8, runs);
  }

  @Test
  void shortWaitsDoNotCount() {
    calm.await(() -> run(Calm.WINDOW_NANOS, (long) (Calm.WAITING * Calm.WINDOW_NANOS)));
    assertEquals(1, runs);
  }

  @Test
  void itBeginsInTheEndWhereSomebodyAlwaysWaits() {
    calm.await(() -> run(Calm.WINDOW_NANOS, Calm.WINDOW_NANOS));
    assertEquals(Calm.LONGEST_NANOS / Calm.WINDOW_NANOS, runs);
  }

  private void run(long nanos, long waiting) {
    runs++;
    now += nanos;
    waited += waiting;
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void linuxTellsHowLongThreadsWait() throws InterruptedException {
    AtomicBoolean end = new AtomicBoolean();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 3 * Runtime.getRuntime().availableProcessors(); i++) {
      threads.add(
          Thread.ofPlatform()
              .start(() -> {
                while (!end.get()) {
                  Thread.onSpinWait();
                }
              }));
    }
    long before = Calm.waitedNanos();
    long start = System.nanoTime();
    while (System.nanoTime() - start < 200_000_000) {
      Thread.onSpinWait();
    }
    // At any time two of three have no processor.
    long waited = Calm.waitedNanos() - before;
    end.set(true);
    for (Thread thread : threads) {
      thread.join();
    }
    assertTrue(waited > 200_000_000, () -> "waited " + waited + " ns");
  }
}
