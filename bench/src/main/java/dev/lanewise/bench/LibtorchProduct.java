package dev.lanewise.bench;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** {@code torch.mm} into a given output: what the BLAS that libtorch found can do. */
final class LibtorchProduct implements Product {
  private final Tensor a;
  private final Tensor b;
  private final Tensor c;

  LibtorchProduct(Case.Gemm gemm) {
    Tensor storedA = Libtorch.tensor(gemm.a(), gemm.shapeA());
    Tensor storedB = Libtorch.tensor(gemm.b(), gemm.shapeB());
    a = gemm.transposedA() ? storedA.t() : storedA;
    b = gemm.transposedB() ? storedB.t() : storedB;
    c = Libtorch.tensor(new float[gemm.m() * gemm.n()], new int[] {gemm.m(), gemm.n()});
  }

  @Override
  public void multiply() {
    torch.mm_out(c, a, b).close();
  }

  @Override
  public float[] result() {
    return Libtorch.values(c);
  }
}
