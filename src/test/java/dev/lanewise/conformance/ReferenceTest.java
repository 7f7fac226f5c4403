package dev.lanewise.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.lanewise.conformance.ReferenceRunner.Outcome;
import dev.lanewise.conformance.ReferenceRunner.Result;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Test vectors of another engine: every case whose operation exists must agree. They lie in the
 * folder named by {@code -Dlanewise.reference} or {@code LANEWISE_REFERENCE}.
 */
class ReferenceTest {
  /** Operations of the vectors that must be there. */
  private static final Set<String> REQUIRED =
      Set.of(
          "linear",
          "conv2d",
          "max_pool2d",
          "avg_pool2d",
          "relu",
          "sigmoid",
          "tanh",
          "softmax",
          "log_softmax",
          "cross_entropy",
          "mse_loss",
          "matmul",
          "reduce_sum",
          "reduce_mean",
          "reduce_max",
          "add",
          "sub",
          "mul",
          "div",
          "pow",
          "exp",
          "log",
          "sqrt",
          "neg",
          "sin",
          "cos",
          "slice",
          "transpose",
          "permute",
          "reshape",
          "expand",
          "flatten",
          "concat",
          "stack",
          "diff_views",
          "permute_reshape",
          "graph_reuse",
          "sgd",
          "higher_derivatives",
          "hessian_vector_product",
          "lenet5",
          "resnet_basic_block",
          "lenet5_train");

  private static List<Result> results() throws IOException {
    String folder = System.getProperty("lanewise.reference", System.getenv("LANEWISE_REFERENCE"));
    Assumptions.assumeTrue(
        folder != null && !folder.isBlank(),
        "no reference vectors: -Dlanewise.reference or LANEWISE_REFERENCE names their folder");
    return new ReferenceRunner(Path.of(folder)).run();
  }

  @TestFactory
  Stream<DynamicTest> casesAgree() throws IOException {
    List<Result> results = results();
    assertTrue(results.size() > 100, () -> "only " + results.size() + " cases");
    TreeMap<String, String> missing =
        results.stream()
            .filter(result -> result.outcome() == Outcome.UNSUPPORTED)
            .collect(
                Collectors.toMap(Result::op, Result::id, (a, b) -> a + ", " + b, TreeMap::new));
    System.out.println("Reference cases of operations that are not there yet:");
    missing.forEach((op, ids) -> System.out.println("  " + op + ": " + ids));
    return results.stream()
        .filter(result -> result.outcome() != Outcome.UNSUPPORTED)
        .sorted(Comparator.comparing(Result::id))
        .map(result ->
            DynamicTest.dynamicTest(
                result.id(),
                () -> {
                  if (result.outcome() != Outcome.PASSED) {
                    fail(result.message());
                  }
                }));
  }

  @Test
  void theRequiredOperationsAreThere() throws IOException {
    Set<String> missing = new TreeSet<>(REQUIRED);
    for (Result result : results()) {
      if (result.outcome() != Outcome.UNSUPPORTED) {
        missing.remove(result.op());
      } else {
        assertTrue(
            !REQUIRED.contains(result.op()), () -> result.id() + " is not supported: " + result);
      }
    }
    assertEquals(Set.of(), missing);
  }
}
