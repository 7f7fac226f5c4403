package dev.lanewise.conformance;

import dev.lanewise.tensor.Tensor;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * What the operations of the test vectors are here: from a case to its outputs by name. One table
 * for each kind of operation, with a line an operation.
 */
final class ReferenceOps {
  private static final Map<String, Function<Case, Map<String, Tensor>>> OPS = new HashMap<>();
  private static final Map<String, UnaryOperator<Tensor>> FUNCTIONS = new HashMap<>();

  /** The order of names that end in numbers: out2 stands before out10. */
  static final Comparator<String> NUMBERED =
      Comparator.comparingInt(String::length).thenComparing(Comparator.naturalOrder());

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
          names.sort(NUMBERED);
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

  /** An op with the one input {@code x}, which is a function of expressions too. */
  static void unary(String name, UnaryOperator<Tensor> body) {
    op(name, c -> body.apply(c.in("x")));
    FUNCTIONS.put(name, body);
  }

  /** A function of expressions, and an activation of networks, under a name that an op has. */
  static void function(String name, UnaryOperator<Tensor> body) {
    FUNCTIONS.put(name, body);
  }

  /**
   * A function of one tensor without attributes.
   *
   * @throws UnsupportedCaseException when it does not exist here
   */
  static UnaryOperator<Tensor> function(String name) {
    UnaryOperator<Tensor> found = FUNCTIONS.get(name);
    if (found == null) {
      throw new UnsupportedCaseException("function " + name);
    }
    return found;
  }
}
