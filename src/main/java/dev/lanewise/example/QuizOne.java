package dev.lanewise.example;

import static dev.lanewise.example.Matrices.gradients;

import dev.lanewise.tensor.Tensor;

/** Row 12: a derivative that takes minutes by hand. */
final class QuizOne extends Example {
  QuizOne() {
    super(12, "quiz", "y = exp(xz) + xz/log x + sin(log x)/(xz) at (2, 3), differentiated");
  }

  @Override
  protected void run(Output out) {
    Tensor x = Tensor.scalar(2).requireGrad();
    Tensor z = Tensor.scalar(3).requireGrad();
    Tensor xz = x.mul(z);
    Tensor y = xz.exp().add(xz.div(x.log())).add(x.log().sin().div(xz));
    Tensor[] gradients = gradients(y, x, z);
    out.check("dy/dx, rounded", 1208, Math.round(gradients[0].item()), 0);
    out.check("dy/dz, rounded", 810, Math.round(gradients[1].item()), 0);
  }
}
