package dev.lanewise.op;

import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.util.List;

/**
 * All that the catalogue checks of one op, as a program: for a JVM of its own, whose class path has
 * an op more than the sources.
 */
public final class NewOpChecks {
  private NewOpChecks() {}

  /**
   * Fails with the first check that does.
   *
   * @param arguments the name of the op's class, without its package
   */
  public static void main(String[] arguments) throws IOException {
    OpCatalogueTest catalogue = new OpCatalogueTest();
    catalogue.everyOpHasSamples();
    catalogue.everyOpHasASampleWithADifferentiableInput();
    catalogue.everyOpRefusesBadShapesButForFunctionsOfOneVariable();
    catalogue.everyOpCanBeReachedFromATensor();
    List<Sample> samples = OpSamples.all().stream().filter(s -> is(s.op(), arguments[0])).toList();
    assertFalse(samples.isEmpty(), "no sample of " + arguments[0]);
    OpSamplesTest tests = new OpSamplesTest();
    for (Sample sample : samples) {
      tests.gradientsAgreeWithDifferences(sample);
      tests.secondDerivativesAgreeWithDifferences(sample);
      tests.layoutsAgree(sample);
      tests.inputsStayAsTheyAre(sample);
    }
    ScalarTwinTest twins = new ScalarTwinTest();
    for (Sample sample : samples) {
      if (sample.op() instanceof UnaryOp op) {
        twins.functionOfOneVariable(op);
        twins.derivativeOfOneVariable(op);
      }
    }
    System.out.println(samples.size() + " samples of " + samples.getFirst().op().name() + " agree");
  }

  private static boolean is(Op op, String name) {
    return op.getClass().getSimpleName().equals(name);
  }
}
