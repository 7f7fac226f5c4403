package dev.lanewise.tensor;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.function.Executable;

/** What the tests of the tape are written with. */
final class TapeChecks {
  private TapeChecks() {}

  static Tensor leaf(float... values) {
    return Tensor.of(values, values.length).requireGrad();
  }

  static Tensor variable(float value) {
    return Tensor.scalar(value).requireGrad();
  }

  static float[] grad(Tensor leaf) {
    Tensor grad = leaf.grad();
    assertNotNull(grad, "no gradient arrived");
    return grad.toArray();
  }

  static void assertRefused(Executable call, Class<? extends Exception> type, String... parts) {
    String message = assertThrows(type, call).getMessage();
    for (String part : parts) {
      assertTrue(message.contains(part), () -> "'" + part + "' is missing in: " + message);
    }
  }

  static Tensor note(List<String> order, String name, Tensor dy) {
    order.add(name + " " + dy.item());
    return dy;
  }
}
