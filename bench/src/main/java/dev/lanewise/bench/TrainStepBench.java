package dev.lanewise.bench;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** A whole training step on one batch held in memory. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public abstract class TrainStepBench {
  @Param({"mlp", "lenet5"})
  public String model;

  @Param({"64", "256"})
  public int batch;

  private Training training;

  abstract Training training(Workload workload);

  @Setup
  public void prepare() {
    training = training(Workload.of(Network.named(model), batch));
  }

  /**
   * Training goes on from the start in each iteration: a network that knows its batch by heart has
   * momenta so small that the processor slows down on them.
   */
  @Setup(Level.Iteration)
  public void reset() {
    training.reset();
  }

  @Benchmark
  public float step() {
    return training.step();
  }

  /** Threads: {@code LANEWISE_THREADS}. */
  @Fork(
      jvmArgsAppend = {
        "--add-modules=jdk.incubator.vector",
        "--enable-native-access=ALL-UNNAMED",
        "-XX:+UseSerialGC",
        "-XX:Tier3DelayOn=100000"
      })
  public static class Lanewise extends TrainStepBench {
    @Override
    Training training(Workload workload) {
      return new LanewiseTraining(workload);
    }
  }

  /**
   * Threads: {@code OMP_NUM_THREADS}. The property keeps JavaCPP from reading the size of the
   * process at each new object.
   */
  @Fork(
      jvmArgsAppend = {
        "--enable-native-access=ALL-UNNAMED",
        "-XX:+UseSerialGC",
        "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0"
      })
  public static class Libtorch extends TrainStepBench {
    @Override
    Training training(Workload workload) {
      return new LibtorchTraining(workload);
    }
  }
}
