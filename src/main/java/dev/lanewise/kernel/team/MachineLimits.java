package dev.lanewise.kernel.team;

import static dev.lanewise.kernel.vector.Lanes.F;
import static dev.lanewise.kernel.vector.Lanes.L;

import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.kernel.vector.Mem;
import dev.lanewise.kernel.vector.VectorMemory;
import dev.lanewise.memory.Block;
import dev.lanewise.memory.Pool;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * What the machine can do at most, measured in about a second with the vectors of {@link Lanes} and
 * the threads of {@link Team}: no kernel can be faster than this.
 *
 * @param fmaOneThread multiply-adds on one thread, in GFLOP/s (one multiply-add counts two)
 * @param fma the same on all threads of the team
 * @param bandwidth reading memory that no cache holds, on all threads, in GB/s
 * @param copy y = a on such memory, each array counted once
 * @param triad y = a + s b on such memory, each array counted once (McCalpin's STREAM, 1995)
 * @param handover nanoseconds in which a cache line goes from one processor to another and back
 *     ({@link Handover}); 0 for a team of one thread
 */
public record MachineLimits(
    double fmaOneThread, double fma, double bandwidth, double copy, double triad, double handover) {
  /** Rounds of 12 multiply-adds in one chunk: some 100 µs. */
  private static final int ROUNDS = 50_000;

  private static final int ACCUMULATORS = 12;
  private static final int CHUNKS_PER_THREAD = 4;

  /** Beyond the caches of most machines, and read in some ten milliseconds. */
  private static final long STREAM_BYTES = 256L << 20;

  private static final int STREAM_CHUNK = 1 << 20;
  private static final int FLOATS = STREAM_CHUNK / 4;

  /** A measurement ends when nothing has become faster for this long. */
  private static final long QUIET_NANOS = 150_000_000;

  /**
   * Units of work in a nanosecond that no machine reaches before, and every one after compilation.
   */
  private static final double COMPILED_SPEED = 2;

  /** How long to wait for the compiler, which may be busy with other things first. */
  private static final long LONGEST_WARM_UP_NANOS = 2_000_000_000;

  /** Keeps results alive, so that the compiler cannot drop the loops. */
  private static final AtomicLong SINK = new AtomicLong();

  /** Measures now. */
  public static MachineLimits measure() {
    ChunkTask multiply = _ -> sink(multiplyAdds(ROUNDS));
    double flops = 2.0 * L * ACCUMULATORS * ROUNDS;
    warmUp(flops, () -> multiply.run(0));
    double one = flops / fastest(() -> multiply.run(0));
    Team team = Team.global();
    int chunks = team.threads() * CHUNKS_PER_THREAD;
    double all = flops * chunks / fastest(team, chunks, multiply);
    Pool pool = Pool.global();
    long free = pool.limitBytes() - pool.reservedBytes();
    long bytes = Math.clamp(free / 4 / STREAM_CHUNK * STREAM_CHUNK, STREAM_CHUNK, STREAM_BYTES);
    Block block = pool.allocate(bytes, "doctor");
    try {
      int used = (int) (bytes / STREAM_CHUNK);
      long x = block.address();
      // Pages that were never written may all be the same zeros.
      team.run(used, i -> VectorMemory.fill(x + (long) i * STREAM_CHUNK, 1, FLOATS));
      double read = stream(team, used, 1, i -> sink(sum(x + (long) i * STREAM_CHUNK, FLOATS)));
      // The second and the third array lie behind the first.
      int half = Math.max(1, used / 2);
      long y = x + (long) (used - half) * STREAM_CHUNK;
      ChunkTask copy =
          i -> {
            long at = (long) i * STREAM_CHUNK;
            MemorySegment.copy(Mem.ALL, x + at, Mem.ALL, y + at, STREAM_CHUNK);
          };
      int third = Math.max(1, used / 3);
      long second = x + (long) (used - third) / 2 * STREAM_CHUNK;
      long last = x + (long) (used - third) * STREAM_CHUNK;
      ChunkTask triad =
          i -> {
            long at = (long) i * STREAM_CHUNK;
            triad(x + at, second + at, last + at, FLOATS);
          };
      return new MachineLimits(
          one,
          Math.max(one, all),
          read,
          stream(team, half, 2, copy),
          stream(team, third, 3, triad),
          team.threads() == 1 ? 0 : Handover.nanos());
    } finally {
      block.free();
    }
  }

  /** GB/s of a task that goes through so many arrays of that many chunks. */
  private static double stream(Team team, int chunks, int arrays, ChunkTask task) {
    double bytes = (double) arrays * STREAM_CHUNK;
    warmUp(bytes, () -> task.run(0));
    return bytes * chunks / fastest(team, chunks, task);
  }

  private static void warmUp(double work, Runnable body) {
    long start = System.nanoTime();
    long now = start;
    long before;
    do {
      before = now;
      body.run();
      now = System.nanoTime();
    } while (work / (now - before) < COMPILED_SPEED && now - start < LONGEST_WARM_UP_NANOS);
  }

  /** The nanoseconds of the fastest run on all processors, also while the process starts. */
  private static double fastest(Team team, int chunks, ChunkTask task) {
    team.useAllProcessors();
    return fastest(() -> team.run(chunks, task));
  }

  /** The nanoseconds of the fastest run. */
  private static double fastest(Runnable body) {
    long best = Long.MAX_VALUE;
    long now = System.nanoTime();
    long improved = now;
    do {
      long before = now;
      body.run();
      now = System.nanoTime();
      if (now - before < best) {
        // A little faster is noise.
        improved = now - before < best * 0.9 ? now : improved;
        best = now - before;
      }
    } while (now - improved < QUIET_NANOS);
    return best;
  }

  private static void sink(float value) {
    SINK.addAndGet(Float.floatToRawIntBits(value));
  }

  /**
   * Two multiply-add units with a latency of four cycles need eight in flight; 16 registers hold
   * 12.
   */
  private static float multiplyAdds(int rounds) {
    FloatVector factor = FloatVector.broadcast(F, 0.999f);
    FloatVector summand = FloatVector.broadcast(F, 0.001f);
    FloatVector a0 = FloatVector.broadcast(F, 0.1f);
    FloatVector a1 = FloatVector.broadcast(F, 0.2f);
    FloatVector a2 = FloatVector.broadcast(F, 0.3f);
    FloatVector a3 = FloatVector.broadcast(F, 0.4f);
    FloatVector a4 = FloatVector.broadcast(F, 0.5f);
    FloatVector a5 = FloatVector.broadcast(F, 0.6f);
    FloatVector a6 = FloatVector.broadcast(F, 0.7f);
    FloatVector a7 = FloatVector.broadcast(F, 0.8f);
    FloatVector a8 = FloatVector.broadcast(F, 0.9f);
    FloatVector a9 = FloatVector.broadcast(F, 1.1f);
    FloatVector a10 = FloatVector.broadcast(F, 1.2f);
    FloatVector a11 = FloatVector.broadcast(F, 1.3f);
    for (int i = 0; i < rounds; i++) {
      a0 = a0.fma(factor, summand);
      a1 = a1.fma(factor, summand);
      a2 = a2.fma(factor, summand);
      a3 = a3.fma(factor, summand);
      a4 = a4.fma(factor, summand);
      a5 = a5.fma(factor, summand);
      a6 = a6.fma(factor, summand);
      a7 = a7.fma(factor, summand);
      a8 = a8.fma(factor, summand);
      a9 = a9.fma(factor, summand);
      a10 = a10.fma(factor, summand);
      a11 = a11.fma(factor, summand);
    }
    FloatVector low = a0.add(a1).add(a2).add(a3).add(a4).add(a5);
    FloatVector high = a6.add(a7).add(a8).add(a9).add(a10).add(a11);
    return low.add(high).reduceLanes(VectorOperators.ADD);
  }

  /** n is a multiple of 4 vectors. */
  private static float sum(long x, int n) {
    FloatVector s0 = FloatVector.broadcast(F, 0);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    for (int i = 0; i < n; i += 4 * L) {
      long at = x + (long) i * 4;
      s0 = s0.add(FloatVector.fromMemorySegment(F, Mem.ALL, at, Mem.ORDER));
      s1 = s1.add(FloatVector.fromMemorySegment(F, Mem.ALL, at + Lanes.BYTES, Mem.ORDER));
      s2 = s2.add(FloatVector.fromMemorySegment(F, Mem.ALL, at + 2L * Lanes.BYTES, Mem.ORDER));
      s3 = s3.add(FloatVector.fromMemorySegment(F, Mem.ALL, at + 3L * Lanes.BYTES, Mem.ORDER));
    }
    return s0.add(s1).add(s2.add(s3)).reduceLanes(VectorOperators.ADD);
  }

  /** y = a + b/2; n is a multiple of 2 vectors. */
  private static void triad(long a, long b, long y, int n) {
    FloatVector factor = FloatVector.broadcast(F, 0.5f);
    for (int i = 0; i < n; i += 2 * L) {
      long at = (long) i * 4;
      FloatVector.fromMemorySegment(F, Mem.ALL, b + at, Mem.ORDER)
          .fma(factor, FloatVector.fromMemorySegment(F, Mem.ALL, a + at, Mem.ORDER))
          .intoMemorySegment(Mem.ALL, y + at, Mem.ORDER);
      FloatVector.fromMemorySegment(F, Mem.ALL, b + at + Lanes.BYTES, Mem.ORDER)
          .fma(factor, FloatVector.fromMemorySegment(F, Mem.ALL, a + at + Lanes.BYTES, Mem.ORDER))
          .intoMemorySegment(Mem.ALL, y + at + Lanes.BYTES, Mem.ORDER);
    }
  }
}
