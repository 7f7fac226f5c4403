package dev.lanewise.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.conformance.ReferenceRunner.Outcome;
import dev.lanewise.conformance.ReferenceRunner.Result;
import dev.lanewise.io.Safetensors;
import dev.lanewise.io.StoredTensor;
import dev.lanewise.tensor.Scope;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The runner of test vectors, on a folder written here: it must notice what differs. */
class ReferenceRunnerTest {
  @TempDir private Path folder;

  private static StoredTensor floats(float... values) {
    return new StoredTensor.Floats(Shape.of(values.length), values);
  }

  private static StoredTensor scalar(float value) {
    return new StoredTensor.Floats(Shape.SCALAR, new float[] {value});
  }

  /** y = x², dy = (1, 2): the loss is the sum of y dy. */
  private static Map<String, StoredTensor> square() {
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    tensors.put("in.x", floats(3, -4));
    tensors.put("out.out", floats(9, 16));
    tensors.put("gout.out", floats(1, 2));
    tensors.put("grad.x", floats(6, -16));
    tensors.put("loss", scalar(41));
    return tensors;
  }

  private Result run(String op, Map<String, StoredTensor> tensors) throws IOException {
    Files.createDirectories(folder.resolve("cases"));
    new Safetensors(Map.of(), tensors).write(folder.resolve("cases/c1.safetensors"));
    Files.writeString(
        folder.resolve("index.json"),
        """
        {"cases": [{"id": "c1", "op": "%s", "kind": "op", "attrs": {}, "tolerance":
          {"out": {"rtol": 1e-4, "atol": 1e-5}, "grad": {"rtol": 1e-3, "atol": 1e-4}}}]}
        """
            .formatted(op));
    List<Result> results = new ReferenceRunner(folder).run();
    assertEquals(1, results.size());
    return results.getFirst();
  }

  @Test
  void whatAgreesPasses() throws IOException {
    assertEquals(new Result("c1", "square", Outcome.PASSED, ""), run("square", square()));
  }

  @Test
  void aWrongOutputFails() throws IOException {
    Map<String, StoredTensor> tensors = square();
    tensors.put("out.out", floats(9, 16.01f));
    Result result = run("square", tensors);
    assertEquals(Outcome.FAILED, result.outcome());
    assertEquals("out.out: element 1 of [2] is 16.0, expected 16.01", result.message());
  }

  @Test
  void aWrongGradientOrLossFails() throws IOException {
    Map<String, StoredTensor> tensors = square();
    tensors.put("grad.x", floats(6, -16.1f));
    assertTrue(run("square", tensors).message().startsWith("grad.x: element 1"));
    tensors = square();
    tensors.put("loss", scalar(42));
    assertTrue(run("square", tensors).message().startsWith("loss: element 0"));
  }

  @Test
  void nanIsNotANumber() throws IOException {
    Map<String, StoredTensor> tensors = square();
    tensors.put("in.x", floats(Float.NaN, -4));
    assertEquals(Outcome.FAILED, run("square", tensors).outcome());
  }

  @Test
  void anotherShapeFails() throws IOException {
    Map<String, StoredTensor> tensors = square();
    tensors.put("out.out", new StoredTensor.Floats(Shape.of(2, 1), new float[] {9, 16}));
    assertEquals("out.out: shape [2], expected [2, 1]", run("square", tensors).message());
  }

  @Test
  void whatIsUnknownIsNotSupported() throws IOException {
    assertEquals(
        new Result("c1", "bessel", Outcome.UNSUPPORTED, "bessel"), run("bessel", square()));
  }

  @Test
  void aMissingOrDamagedIndexIsNamed() throws IOException {
    ReferenceRunner runner = new ReferenceRunner(folder);
    assertTrue(assertThrows(IOException.class, runner::run).getMessage().contains("index.json"));
    Files.writeString(folder.resolve("index.json"), "{ cases");
    assertTrue(assertThrows(IOException.class, runner::run).getMessage().contains("is not JSON"));
  }

  @Test
  void numbersByExpressions() {
    assertEquals(Math.pow(0.95, 7), Arithmetic.evaluate("0.95**epoch", 7), 1e-15);
    assertEquals(-4 + 1e-3 * 7, Arithmetic.evaluate("lambda k: -2**2 + 1e-3*k", 7), 1e-15);
    String warm = "(k+1)/5 if k < 5 else math.sqrt(5/(k+1))";
    assertEquals(0.8, Arithmetic.evaluate(warm, 3), 1e-15);
    assertEquals(Math.sqrt(0.5), Arithmetic.evaluate(warm, 9), 1e-15);
    assertEquals(1, Arithmetic.evaluate("max(min(7 // 2, 9 % 4), k) + cos(pi)", 2), 1e-15);
    assertThrows(UnsupportedCaseException.class, () -> Arithmetic.evaluate("bessel(k)", 1));
    assertThrows(UnsupportedCaseException.class, () -> Arithmetic.evaluate("k +", 1));
  }

  @Test
  void expressions() {
    try (Scope scope = Scope.open()) {
      Tensor x = Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
      Map<String, Tensor> variables = Map.of("x", x);
      assertEquals(36, Expression.evaluate("y = x*x; y[1, 2]", variables).item());
      assertEquals(
          Shape.of(2, 1), Expression.evaluate("x.sum(1, keepdim=True)", variables).shape());
      assertEquals(Shape.of(3), Expression.evaluate("y = x.amax(dim=0)", variables).shape());
      assertEquals(4.5f, Expression.evaluate("maximum(x, 4.5*x/x)[0, 0]", variables).item());
      assertEquals(-9, Expression.evaluate("-x[0, -1]^2", variables).item());
      assertEquals(2.5f, Expression.evaluate("(x[1,0] + 1) / 2", variables).item());
      assertEquals(Shape.of(2, 2), Expression.evaluate("x.T[::2]", variables).shape());
      assertEquals(Shape.of(3, 2), Expression.evaluate("reshape(x, [3, -1])", variables).shape());
      assertEquals(Shape.of(2, 1, 3), Expression.evaluate("x[:, None]", variables).shape());
      assertEquals(8, Expression.evaluate("x[..., 1].sum() + 1", variables).item());
      assertEquals(5, Expression.evaluate("x.t().view(3, 2).flatten()[3]", variables).item());
      assertEquals(14, Expression.evaluate("x[0] @ x[0]**1", variables).item());
      assertThrows(
          UnsupportedCaseException.class, () -> Expression.evaluate("bessel(x)", variables));
      assertThrows(UnsupportedCaseException.class, () -> Expression.evaluate("x +", variables));
      assertThrows(UnsupportedCaseException.class, () -> Expression.evaluate("x)", variables));
    }
  }
}
