package dev.lanewise.bench;

import dev.lanewise.tensor.Scope;
import dev.lanewise.tensor.Tape;
import dev.lanewise.tensor.Tensor;

/** {@link Tensor#matmul} without a tape; each product goes back to the pool at once. */
final class LanewiseProduct implements Product {
  private final Tensor a;
  private final Tensor b;

  LanewiseProduct(Case.Gemm gemm) {
    Tensor storedA = Tensor.of(gemm.a(), gemm.shapeA());
    Tensor storedB = Tensor.of(gemm.b(), gemm.shapeB());
    a = gemm.transposedA() ? storedA.transpose(0, 1) : storedA;
    b = gemm.transposedB() ? storedB.transpose(0, 1) : storedB;
  }

  @Override
  public void multiply() {
    try (var _ = Tape.noGrad();
        var _ = Scope.open()) {
      a.matmul(b);
    }
  }

  @Override
  public float[] result() {
    return a.matmul(b).toArray();
  }
}
