package dev.lanewise.example;

import static dev.lanewise.example.Matrices.gradients;

import dev.lanewise.tensor.DType;
import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tape;
import dev.lanewise.tensor.Tensor;

/** Row 8: a matrix used twice, and a branch around a function. */
final class SharedParameters extends Example {
  SharedParameters() {
    super(8, "shared-parameters", "gradients add where a parameter is used twice or a path forks");
  }

  @Override
  protected void run(Output out) {
    Generator random = new Generator(8);
    Tensor x = random.normal(Shape.of(6, 4), 0, 1).requireGrad();
    Tensor w = random.normal(Shape.of(4, 4), 0, 0.5f).requireGrad();

    Tensor z1 = x.matmul(w);
    Tensor z2 = z1.relu();
    Tensor y = z2.matmul(w);
    Tensor tape = gradients(y.sub(x).square().sum().mul(0.5f), w)[0];
    try (Tape.Pause _ = Tape.noGrad()) {
      Tensor dy = y.sub(x);
      Tensor dz1 = dy.matmul(w.t()).mul(z1.gt(0).to(DType.FLOAT32));
      Tensor ofSecond = z2.t().matmul(dy);
      Tensor ofFirst = x.t().matmul(dz1);
      out.check("dW = Z2ᵀ dY + Xᵀ dZ1", ofSecond.add(ofFirst), tape, 1e-5);
    }

    Tensor dy = random.normal(Shape.of(6, 4), 0, 1);
    Tensor f = x.matmul(w).tanh();
    Tensor dF = gradients(f.mul(dy).sum(), x)[0];
    Tensor residual = x.add(x.matmul(w).tanh());
    Tensor dX = gradients(residual.mul(dy).sum(), x)[0];
    out.check("residual: dX = dY + dF", dy.add(dF), dX, 1e-5);
  }
}
