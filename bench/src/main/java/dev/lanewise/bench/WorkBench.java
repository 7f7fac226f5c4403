package dev.lanewise.bench;

import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * Times one {@link Work} within this JVM. It is made, checked and warmed up by the thread that is
 * timed: OpenMP has its threads for each thread that calls it.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class WorkBench {
  /** What the next trial times. */
  static Supplier<Work> next =
      () -> {
        throw new IllegalStateException("start bench/run, not JMH");
      };

  private final Calm calm = new Calm();
  private Work work;

  @Setup(Level.Trial)
  public void prepare() {
    work = next.get();
  }

  /**
   * Training goes on from the start in each iteration: a network that knows its batch by heart has
   * momenta so small that the processor slows down on them. The step that makes the momenta is not
   * timed: an iteration has room for three steps of a large network, and that one is of another
   * kind.
   */
  @Setup(Level.Iteration)
  public void reset() {
    calm.await(work::run);
    work.reset();
    work.run();
  }

  @Benchmark
  public void run() {
    work.run();
  }
}
