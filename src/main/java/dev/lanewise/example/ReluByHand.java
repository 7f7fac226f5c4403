package dev.lanewise.example;

import static dev.lanewise.example.Matrices.gradients;
import static dev.lanewise.example.Matrices.matrix;

import dev.lanewise.tensor.DType;
import dev.lanewise.tensor.Tensor;

/** Row 6: the ReLU and its mask. */
final class ReluByHand extends Example {
  ReluByHand() {
    super(6, "relu", "max(0, x), and its gradient, which is 0 at 0");
  }

  @Override
  protected void run(Output out) {
    Tensor x = matrix("-5 4; 0 2").requireGrad();
    Tensor y = x.relu();
    out.matrix("y", y);
    out.check("y", matrix("0 4; 0 2"), y, 0);

    Tensor dy = matrix("10 20; 30 40");
    Tensor dx = gradients(y.mul(dy).sum(), x)[0];
    out.matrix("dx", dx);
    out.check("dx", matrix("0 20; 0 40"), dx, 0);
    Tensor masked = dy.mul(x.gt(0).to(DType.FLOAT32));
    out.check("dx is dy under the mask x > 0", masked, dx, 0);
  }
}
