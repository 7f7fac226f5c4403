package dev.lanewise.example;

import dev.lanewise.tensor.Tensor;
import java.util.Objects;

/** Row 1: the force on masses, fitted as F = a m by gradient descent. */
final class Gravity extends Example {
  Gravity() {
    super(1, "gravity", "fits F = a m to three measurements by gradient descent");
  }

  private final Tensor mass = Tensor.of(new float[] {2, 4.5f, 10}, 3);
  private final Tensor force = Tensor.of(new float[] {19.6f, 44.1f, 98}, 3);

  /** The sum of the squared differences, not their mean: the lecture's L2 loss. */
  private Tensor loss(Tensor a) {
    return mass.mul(a).sub(force).square().sum();
  }

  @Override
  protected void run(Output out) {
    out.check("loss at a = 8", 402.57, loss(Tensor.scalar(8)).item(), 0.005);
    out.check("loss at a = 9", 79.52, loss(Tensor.scalar(9)).item(), 0.005);
    // The lecture prints 4.97 here; but 9.8 fits the three points exactly.
    out.check(
        "loss at a = 9.8 (printed 4.97, an error)", 0, loss(Tensor.scalar(9.8f)).item(), 1e-6);

    double[] gradients = {-447, -114, -29, -7.4, -1.9};
    double[] values = {8, 9.34, 9.68, 9.77, 9.79};
    double rate = 0.003;
    Tensor a = Tensor.scalar(8);
    for (int step = 0; step < values.length; step++) {
      a.requireGrad();
      loss(a).backward();
      float gradient = Objects.requireNonNull(a.grad()).item();
      out.check("a at step " + step, values[step], a.item(), 0.006);
      out.check("dL/da at step " + step, gradients[step], gradient, step < 3 ? 0.5 : 0.06);
      a = Tensor.scalar((float) (a.item() - rate * gradient));
    }
  }
}
