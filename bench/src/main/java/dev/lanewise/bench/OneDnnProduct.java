package dev.lanewise.bench;

import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.FloatPointer;

/** {@code dnnl_sgemm}. */
final class OneDnnProduct implements Work {
  private final Gemm gemm;
  private final FloatPointer a;
  private final FloatPointer b;
  private final FloatPointer c;

  OneDnnProduct(Gemm gemm) {
    this.gemm = gemm;
    a = new FloatPointer(gemm.a());
    b = new FloatPointer(gemm.b());
    c = new FloatPointer((long) gemm.m() * gemm.n());
  }

  @Override
  public void run() {
    dnnl.dnnl_sgemm(
        letter(gemm.transposedA()),
        letter(gemm.transposedB()),
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
    float[] values = new float[gemm.m() * gemm.n()];
    c.get(values);
    return values;
  }

  private static byte letter(boolean transposed) {
    return (byte) (transposed ? 'T' : 'N');
  }
}
