package dev.lanewise.conformance;

import dev.lanewise.tensor.Tensor;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * What the operations of the test vectors are here: from a case to its outputs by name. One table
 * for each kind of operation, with a line an operation.
 */
final class ReferenceOps {
  private static final Map<String, Function<Case, Map<String, Tensor>>> OPS = new HashMap<>();

  private ReferenceOps() {}

  static {
    ElementwiseCases.register();
    ReductionCases.register();
    ShapeCases.register();
    IndexCases.register();
    NeuralCases.register();
    SequenceCases.register();
    LossCases.register();
  }

  static boolean supports(String op) {
    return OPS.containsKey(op);
  }

  /**
   * Computes the outputs of a case.
   *
   * @throws UnsupportedCaseException when the operation does not exist here
   */
  static Map<String, Tensor> run(Case c) {
    Function<Case, Map<String, Tensor>> op = OPS.get(c.op);
    if (op == null) {
      throw new UnsupportedCaseException(c.op);
    }
    return op.apply(c);
  }

  static void outputs(String name, Function<Case, Map<String, Tensor>> body) {
    OPS.put(name, body);
  }

  /** An op with the one output {@code out}. */
  static void op(String name, Function<Case, Tensor> body) {
    OPS.put(name, c -> Map.of("out", body.apply(c)));
  }

  /** An op with the one input {@code x}. */
  static void unary(String name, Function<Tensor, Tensor> body) {
    op(name, c -> body.apply(c.in("x")));
  }
}
