package dev.lanewise.bench;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** A product of two float32 matrices, without the tape. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public abstract class GemmBench {
  @Param({"64x64x64:NN", "256x256x256:NN", "512x512x512:NN", "1024x1024x1024:NN", "64x512x784:NT"})
  public String shape;

  private Product product;

  abstract Product product(Case.Gemm gemm);

  @Setup
  public void prepare() {
    product = product(Case.Gemm.parse(shape));
  }

  @Benchmark
  public void multiply() {
    product.multiply();
  }

  /** Threads: {@code LANEWISE_THREADS}. */
  @Fork(
      jvmArgsAppend = {
        "--add-modules=jdk.incubator.vector",
        "--enable-native-access=ALL-UNNAMED",
        "-XX:+UseSerialGC",
        "-XX:Tier3DelayOn=100000"
      })
  public static class Lanewise extends GemmBench {
    @Override
    Product product(Case.Gemm gemm) {
      return new LanewiseProduct(gemm);
    }
  }

  /** Threads: {@code OMP_NUM_THREADS}. */
  @Fork(
      jvmArgsAppend = {
        "--enable-native-access=ALL-UNNAMED",
        "-XX:+UseSerialGC",
        "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0"
      })
  public static class Libtorch extends GemmBench {
    @Override
    Product product(Case.Gemm gemm) {
      return new LibtorchProduct(gemm);
    }
  }
}
