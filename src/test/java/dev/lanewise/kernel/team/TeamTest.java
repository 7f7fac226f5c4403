package dev.lanewise.kernel.team;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.HeapMeter;
import java.util.Arrays;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class TeamTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void everyChunkRunsOnceInManySmallRegions(int threads) {
    Team team = new Team(threads);
    int[] plain = new int[64]; // not atomic: the region itself must make the writes visible
    for (int region = 1; region <= 50_000; region++) {
      int chunks = 1 + region % plain.length;
      int mark = region;
      team.run(
          chunks,
          chunk -> {
            if (chunk >= chunks || plain[chunk] == mark) {
              throw new AssertionError("chunk " + chunk + " of region " + mark);
            }
            plain[chunk] = mark;
          });
      for (int chunk = 0; chunk < chunks; chunk++) {
        if (plain[chunk] != region) {
          throw new AssertionError("chunk " + chunk + " of region " + region + " is missing");
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 4})
  void aLateWorkerNeverRunsTheNextRegionWithTheOldTask(int threads) {
    Team team = new Team(threads);
    AtomicInteger[] counts = {new AtomicInteger(), new AtomicInteger()};
    ChunkTask[] tasks = {c -> counts[0].incrementAndGet(), c -> counts[1].incrementAndGet()};
    for (int region = 0; region < 100_000; region++) {
      int which = region & 1;
      int chunks = 2 + (region >> 1) % 3;
      counts[0].set(0);
      counts[1].set(0);
      team.run(chunks, tasks[which]);
      if (counts[which].get() != chunks || counts[1 - which].get() != 0) {
        throw new AssertionError("region " + region + ": " + Arrays.toString(counts));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void regionsThatTurnRunEveryChunkOnce(int threads) {
    Team team = new Team(threads);
    for (int region = 0; region < 20_000; region++) {
      int chunks = 1 + region % 64;
      AtomicInteger sum = new AtomicInteger();
      team.runTurning(chunks, chunk -> sum.addAndGet(1 + (chunk << 8)));
      assertEquals(chunks + (chunks * (chunks - 1) / 2 << 8), sum.get());
    }
  }

  @Test
  void oneThreadGoesThereAndBack() {
    Team team = new Team(1);
    StringBuilder order = new StringBuilder();
    for (int region = 0; region < 2; region++) {
      team.runTurning(3, order::append);
      team.run(3, order::append);
    }
    assertEquals("210012012012", order.toString());
  }

  @Test
  void aRegionThatLeavesAProcessorToTheCompilerBeginsAloneAndIsSharedWhenItIsLong() {
    Team team = new Team(2);
    team.spareProcessor(2);
    Thread caller = Thread.currentThread();
    int[] counts = new int[4];
    AtomicInteger here = new AtomicInteger();
    team.run(
        4,
        chunk -> {
          counts[chunk]++;
          if (chunk == 0) {
            assertSame(caller, Thread.currentThread());
            long start = System.nanoTime();
            while (System.nanoTime() - start <= SparedProcessor.ALONE_NANOS) {
              Thread.onSpinWait();
            }
          } else if (chunk < 3) {
            // These two wait for each other: one thread alone would never end.
            here.incrementAndGet();
            while (here.get() < 2) {
              Thread.onSpinWait();
            }
          }
        });
    assertArrayEquals(new int[] {1, 1, 1, 1}, counts);
  }

  @Test
  void measurementsUseAllProcessors() {
    Team team = new Team(2);
    team.spareProcessor(2);
    team.useAllProcessors();
    AtomicInteger here = new AtomicInteger();
    // Two chunks that wait for each other: one thread alone would never end.
    team.run(
        2,
        chunk -> {
          here.incrementAndGet();
          while (here.get() < 2) {
            Thread.onSpinWait();
          }
        });
    assertEquals(2, here.get());
  }

  @Test
  void whatIsThrownWhileARegionBeginsAloneIsThrownByTheRegion() {
    Team team = new Team(2);
    team.spareProcessor(2);
    IllegalStateException thrown = new IllegalStateException("chunk 0");
    assertSame(
        thrown,
        assertThrows(
            IllegalStateException.class,
            () ->
                team.run(
                    3,
                    chunk -> {
                      throw thrown;
                    })));
    AtomicInteger ran = new AtomicInteger();
    team.run(3, chunk -> ran.incrementAndGet());
    assertEquals(3, ran.get());
  }

  @Test
  void severalThreadsTakePart() {
    Team team = new Team(2);
    ConcurrentHashMap<Thread, Boolean> seen = new ConcurrentHashMap<>();
    // Two chunks that wait for each other: one thread alone would never end.
    AtomicInteger here = new AtomicInteger();
    team.run(
        2,
        chunk -> {
          seen.put(Thread.currentThread(), true);
          here.incrementAndGet();
          while (here.get() < 2) {
            Thread.onSpinWait();
          }
        });
    assertEquals(2, seen.size());
    assertTrue(seen.containsKey(Thread.currentThread()));
  }

  @Test
  void oneThreadRunsInOrder() {
    int[] order = new int[5];
    int[] next = {0};
    new Team(1).run(5, chunk -> order[next[0]++] = chunk);
    assertArrayEquals(new int[] {0, 1, 2, 3, 4}, order);
    new Team(2).run(0, chunk -> next[0]++);
    assertEquals(5, next[0]);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void whatAChunkThrowsReachesTheCaller(int threads) {
    Team team = new Team(threads);
    RuntimeException expected = new IllegalStateException("chunk 3");
    for (int i = 0; i < 1_000; i++) {
      AtomicInteger running = new AtomicInteger();
      var thrown =
          assertThrows(
              IllegalStateException.class,
              () ->
                  team.run(
                      8,
                      chunk -> {
                        running.incrementAndGet();
                        try {
                          if (chunk == 3) {
                            throw expected;
                          }
                        } finally {
                          running.decrementAndGet();
                        }
                      }));
      assertSame(expected, thrown);
      assertEquals(0, running.get(), "chunks still run");
      AtomicInteger after = new AtomicInteger();
      team.run(8, chunk -> after.incrementAndGet());
      assertEquals(8, after.get());
    }
    assertThrows(
        StackOverflowError.class,
        () ->
            team.run(
                4,
                chunk -> {
                  throw new StackOverflowError();
                }));
  }

  @Test
  void nestedRegionsRunOnTheCallingThread() {
    Team team = new Team(2);
    AtomicInteger inner = new AtomicInteger();
    team.run(
        8,
        outer -> {
          Thread self = Thread.currentThread();
          team.run(
              8,
              chunk -> {
                assertSame(self, Thread.currentThread());
                inner.incrementAndGet();
              });
        });
    assertEquals(64, inner.get());
  }

  @Test
  void concurrentCallersNeverMixTheirRegions() throws Exception {
    Team team = new Team(3);
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Thread[] callers = new Thread[3];
    for (int i = 0; i < callers.length; i++) {
      callers[i] =
          new Thread(() -> {
            AtomicInteger count = new AtomicInteger();
            for (int region = 0; region < 20_000; region++) {
              count.set(0);
              team.run(7, chunk -> count.addAndGet(1 << (4 * chunk)));
              if (count.get() != 0x1111111) {
                failure.set(new AssertionError(Integer.toHexString(count.get())));
              }
            }
          });
      callers[i].start();
    }
    for (Thread caller : callers) {
      caller.join();
    }
    if (failure.get() != null) {
      throw new AssertionError(failure.get());
    }
  }

  @Test
  void theNumberOfThreadsCanChange() {
    Team team = new Team(1);
    for (int round = 0; round < 2_000; round++) {
      int threads = 1 + round % 5;
      team.setThreads(threads);
      assertEquals(threads, team.threads());
      AtomicInteger count = new AtomicInteger();
      ConcurrentHashMap<Thread, Boolean> seen = new ConcurrentHashMap<>();
      team.run(
          16,
          chunk -> {
            count.incrementAndGet();
            seen.put(Thread.currentThread(), true);
          });
      assertEquals(16, count.get());
      assertTrue(seen.size() <= threads, seen.size() + " threads took part");
    }
  }

  @Test
  void settingsAreReadAndBadOnesNamed() {
    assertEquals(3, ThreadSetting.of("3", "5"));
    assertEquals(5, ThreadSetting.of(null, " 5 "));
    assertEquals(5, ThreadSetting.of("", "5"));
    assertTrue(ThreadSetting.of(null, null) >= 1);
    assertEquals(
        "lanewise.threads is 'two'; expected a whole number from 1 to 1024.",
        assertThrows(IllegalArgumentException.class, () -> ThreadSetting.of("two", null))
            .getMessage());
    assertEquals(
        "LANEWISE_THREADS is '0'; expected a whole number from 1 to 1024.",
        assertThrows(IllegalArgumentException.class, () -> ThreadSetting.of(null, "0"))
            .getMessage());
    assertEquals(
        "The number of threads is -1; expected a whole number from 1 to 1024.",
        assertThrows(IllegalArgumentException.class, () -> new Team(2).setThreads(-1))
            .getMessage());
  }

  @Test
  void aRegionAllocatesNothing() {
    Team team = new Team(2);
    float[] data = new float[8];
    ChunkTask task = chunk -> data[chunk]++;
    long before = 0;
    for (int i = 0; i < 40_000; i++) {
      if (i == 20_000) {
        before = HeapMeter.bytes();
      }
      team.run(8, task);
    }
    long bytes = HeapMeter.bytes() - before;
    assertTrue(bytes < 20_000, bytes + " bytes in 20000 regions");
    assertEquals(40_000, data[7]);
  }

  @Test
  void anInterruptIsKeptForTheCaller() {
    Team team = new Team(2);
    AtomicInteger here = new AtomicInteger();
    Thread.currentThread().interrupt();
    team.run(
        2,
        chunk -> {
          here.incrementAndGet();
          while (here.get() < 2) {
            Thread.onSpinWait();
          }
        });
    assertTrue(Thread.interrupted());
  }
}
