package dev.lanewise.conformance;

import dev.lanewise.tensor.Tensor;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
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

  /** An op with several outputs, in the order of their names in the case. */
  static void many(String name, Function<Case, List<Tensor>> body) {
    OPS.put(
        name,
        c -> {
          List<Tensor> found = body.apply(c);
          List<String> names = new ArrayList<>(c.all("out.").keySet());
          // out2 stands before out10.
          names.sort(Comparator.comparingInt(String::length).thenComparing(n -> n));
          if (names.size() != found.size()) {
            throw new IllegalArgumentException(
                c.op + ": " + found.size() + " outputs, expected " + names);
          }
          Map<String, Tensor> outputs = new HashMap<>();
          for (int i = 0; i < found.size(); i++) {
            outputs.put(names.get(i), found.get(i));
          }
          return outputs;
        });
  }

  /** An op with the one input {@code x}. */
  static void unary(String name, Function<Tensor, Tensor> body) {
    op(name, c -> body.apply(c.in("x")));
  }
}
