package dev.lanewise.example;

import dev.lanewise.tensor.Tape;
import dev.lanewise.tensor.Tensor;
import java.util.List;
import java.util.Objects;

/** Row 27: the gradient of a gradient. */
final class HigherOrder extends Example {
  HigherOrder() {
    super(27, "higher-order", "y = x³ at 2, differentiated again and again");
  }

  @Override
  protected void run(Output out) {
    Tensor x = Tensor.scalar(2).requireGrad();
    Tensor y = x.pow(3);
    out.check("y", 8, y.item(), 0);

    y.backward(null, true, true); // records how the gradient is computed
    Tensor first = Objects.requireNonNull(x.grad());
    out.check("first derivative, 3x²", 12, first.item(), 0);

    x.zeroGrad();
    first.backward();
    out.check("second derivative, 6x", 12, Objects.requireNonNull(x.grad()).item(), 0);

    Tensor derivative = x.pow(3);
    double[] expected = {12, 12, 6};
    for (int order = 1; order <= expected.length; order++) {
      derivative = Tape.grad(List.of(derivative), List.of(x), true)[0];
      out.check("by Tape.grad, order " + order, expected[order - 1], derivative.item(), 0);
    }
  }
}
