package dev.lanewise.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.InScope;
import dev.lanewise.nn.Layer;
import dev.lanewise.nn.Linear;
import dev.lanewise.nn.Sequential;
import dev.lanewise.tensor.AnomalyDetection;
import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.InPlace;
import dev.lanewise.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.function.Executable;

/** The operation that makes the first NaN or infinity is named, with its layer and its line. */
@ExtendWith(InScope.class)
class AnomalyDetectionTest {
  private static Tensor leaf(float... values) {
    return Tensor.of(values, values.length).requireGrad();
  }

  private static void assertFound(Executable body, String... parts) {
    try (AnomalyDetection watch = AnomalyDetection.start()) {
      String message = assertThrows(ArithmeticException.class, body).getMessage();
      assertNotNull(message);
      for (String part : parts) {
        assertTrue(message.contains(part), () -> "'" + part + "' is missing in: " + message);
      }
    }
  }

  @Test
  void theForwardThatMakesItIsNamed() {
    Tensor x = Tensor.of(new float[] {1, 4, 9, -1}, 2, 2);
    assertFound(
        () -> x.sqrt().mul(2).sum(),
        "sqrt: the result [2, 2] has the value NaN at [1, 1]",
        "is finite",
        "AnomalyDetectionTest.java");
    assertFound(() -> leaf(1, 0).log(), "log: the result [2] has the value -Infinity at [1]");
  }

  @Test
  void theBackwardThatMakesItIsNamedWithTheLineOfItsForward() {
    Tensor x = leaf(4, 0);
    try (AnomalyDetection watch = AnomalyDetection.start()) {
      StackTraceElement here = new Throwable().getStackTrace()[0];
      Tensor y = x.sqrt();
      Tensor loss = y.sum();
      ArithmeticException found = assertThrows(ArithmeticException.class, loss::backward);
      String message = String.valueOf(found.getMessage());
      for (String part :
          new String[] {
            "backward of sqrt: the gradient of input 0 [2] has the value Infinity at [1]",
            "AnomalyDetectionTest.java:" + (here.getLineNumber() + 1) + ")",
          }) {
        assertTrue(message.contains(part), () -> "'" + part + "' is missing in: " + message);
      }
    }
  }

  @Test
  void theLayerIsNamed() {
    Layer root =
        new Layer() {
          @Override
          public Tensor forward(Tensor x) {
            return x.sqrt();
          }
        };
    Sequential network =
        new Sequential().add("first", new Linear(2, 2, new Generator(1))).add("root", root);
    Tensor x = Tensor.full(-1e3f, 1, 2);
    network.parameters().values().forEach(parameter -> InPlace.fill(parameter, 1));
    assertFound(() -> network.call(x), "sqrt: ", "in the layer root");
  }

  @Test
  void infinitiesThatWereThereBeforePassAndNaNsDoNot() {
    Tensor mask = Tensor.of(new float[] {0, Float.NEGATIVE_INFINITY}, 2);
    Tensor x = leaf(1, 2);
    try (AnomalyDetection watch = AnomalyDetection.start()) {
      x.add(mask).softmax(0).mul(Tensor.of(new float[] {3, 4}, 2)).sum().backward();
    }
    Tensor gradient = x.grad();
    assertNotNull(gradient);
    assertArrayEquals(new float[2], gradient.toArray(), 1e-6f);
    assertFound(() -> mask.mul(0), "mul", "NaN at [1]", "made of values like it");
  }

  @Test
  void itEndsWithItsScope() {
    Tensor x = Tensor.of(new float[] {-1}, 1);
    AnomalyDetection watch = AnomalyDetection.start();
    watch.close();
    assertTrue(Float.isNaN(x.sqrt().item()));
    assertThrows(IllegalStateException.class, watch::close);
    try (AnomalyDetection again = AnomalyDetection.start()) {
      assertFalse(Float.isNaN(x.neg().sqrt().item()));
    }
    assertEquals(-1, x.item());
  }
}
