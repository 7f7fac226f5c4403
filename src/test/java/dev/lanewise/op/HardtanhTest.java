package dev.lanewise.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.lanewise.tensor.Scope;
import dev.lanewise.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Where the slope breaks, which numerical gradients do not see. */
class HardtanhTest {
  /** PyTorch: nothing passes at the bounds, and everything at NaN. */
  @Test
  void gradientAtTheBoundsAndAtNaN() {
    float[] inputs = {-1, -0f, 0, Float.MIN_VALUE, Math.nextDown(6f), 6, 7, Float.NaN};
    float[] slopes = {0, 0, 0, 1, 1, 0, 0, 1};
    try (var _ = Scope.open()) {
      Tensor x = Tensor.of(inputs, inputs.length).requireGrad();
      x.relu6().sum().backward();
      assertArrayEquals(slopes, x.grad().toArray());
    }
  }
}
