package dev.lanewise.bench;

import dev.lanewise.blas.BlasChoice;
import dev.lanewise.blas.OpenBlas;
import dev.lanewise.blas.openblas.OpenBlasBindings;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** {@code cblas_sgemm} called plainly, with the threads of OpenBLAS. */
final class OpenBlasProduct implements Work {
  private static final int LINE = 64;

  private final Gemm gemm;
  private final MemorySegment a;
  private final MemorySegment b;
  private final MemorySegment c;

  OpenBlasProduct(Gemm gemm) {
    library();
    this.gemm = gemm;
    a = segment(gemm.a());
    b = segment(gemm.b());
    c = segment(new float[gemm.m() * gemm.n()]);
  }

  static String describe() {
    return "%s %s, %d threads"
        .formatted(library().name(), library().core(), OpenBlasBindings.openblas_get_num_threads());
  }

  private static OpenBlas library() {
    OpenBlas library =
        BlasChoice.get()
            .openBlas()
            .orElseThrow(() -> new IllegalArgumentException("no OpenBLAS is bundled here"));
    // Lanewise calls it from threads of its own, and so keeps it at one.
    OpenBlasBindings.openblas_set_num_threads(
        Integer.parseInt(System.getenv().getOrDefault(Forks.THREADS, "1")));
    return library;
  }

  private static MemorySegment segment(float[] values) {
    MemorySegment segment = Arena.ofAuto().allocate(4L * values.length, LINE);
    MemorySegment.copy(values, 0, segment, ValueLayout.JAVA_FLOAT, 0, values.length);
    return segment;
  }

  @Override
  public void run() {
    OpenBlasBindings.cblas_sgemm(
        OpenBlasBindings.CblasRowMajor(),
        gemm.transposedA() ? OpenBlasBindings.CblasTrans() : OpenBlasBindings.CblasNoTrans(),
        gemm.transposedB() ? OpenBlasBindings.CblasTrans() : OpenBlasBindings.CblasNoTrans(),
        gemm.m(),
        gemm.n(),
        gemm.k(),
        1,
        a,
        gemm.shapeA()[1],
        b,
        gemm.shapeB()[1],
        0,
        c,
        gemm.n());
  }

  @Override
  public float[] result() {
    run();
    return c.toArray(ValueLayout.JAVA_FLOAT);
  }
}
