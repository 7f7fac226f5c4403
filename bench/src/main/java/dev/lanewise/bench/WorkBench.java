package dev.lanewise.bench;

import dev.lanewise.kernel.team.Handover;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

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

  /**
   * Nanoseconds of a handover in each iteration: the longer of those before and after it; 0 where
   * none was measured.
   */
  static final List<Double> HANDOVERS = new ArrayList<>();

  private final Calm calm = new Calm();
  private final @Nullable Placement placement = Placement.ofProcess();
  private double handover;
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
    if (placement != null) {
      handover = placement.await(work::run, System::nanoTime, Handover::nanos);
    }
    calm.await(work::run);
    work.reset();
    work.run();
  }

  @TearDown(Level.Iteration)
  public void look() {
    HANDOVERS.add(placement == null ? 0 : Math.max(handover, Handover.nanos()));
  }

  @Benchmark
  public void run() {
    work.run();
  }
}
