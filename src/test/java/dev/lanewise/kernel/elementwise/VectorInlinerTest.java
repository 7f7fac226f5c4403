package dev.lanewise.kernel.elementwise;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.lanewise.kernel.Place;
import dev.lanewise.kernel.reduce.ChoiceLoop;
import dev.lanewise.kernel.reduce.ReduceFormula;
import dev.lanewise.kernel.reduce.ReduceLoop;
import dev.lanewise.kernel.template.Specializer;
import dev.lanewise.kernel.template.VectorInliner;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.kernel.vector.Operand;
import java.lang.classfile.ClassFile;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.invoke.MethodHandles;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.DoubleUnaryOperator;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import org.junit.jupiter.api.Test;

class VectorInlinerTest {
  /** Attributes of every kind, several returns, a shared default method, nested helpers. */
  record Piece(float low, int steps, boolean above) implements Halved {
    @Override
    public FloatVector half(FloatVector x) {
      if (x.compare(VectorOperators.LT, low).allTrue()) {
        return FloatVector.zero(Lanes.F);
      }
      FloatVector y = x;
      for (int i = 0; i < steps; i++) {
        y = Helpers.twice(y);
      }
      return above ? y.add(low) : y;
    }

    @Override
    public float f(float x) {
      float y = x * (1 << steps);
      return x < low ? 0 : (above ? y + low : y) / 2;
    }
  }

  interface Halved extends UnaryFormula {
    FloatVector half(FloatVector x);

    @Override
    default FloatVector f(FloatVector x) {
      return Helpers.times(half(x), 0.5);
    }

    @Override
    default FloatVector df(FloatVector x, FloatVector y) {
      return x.add(y);
    }

    @Override
    default float df(float x, float y) {
      return x + y;
    }

    @Override
    default boolean usesInput() {
      return true;
    }

    @Override
    default boolean usesOutput() {
      return true;
    }
  }

  static final class Helpers {
    private Helpers() {}

    static FloatVector twice(FloatVector x) {
      return sum(x, x);
    }

    private static FloatVector sum(FloatVector a, FloatVector b) {
      return a.add(b);
    }

    static FloatVector times(FloatVector x, double factor) {
      return x.mul((float) factor);
    }
  }

  /** Catches, so it has to stay a call. */
  record Catching() implements Halved {
    @Override
    public FloatVector half(FloatVector x) {
      try {
        return x.neg();
      } catch (ArithmeticException never) {
        return x;
      }
    }

    @Override
    public float f(float x) {
      return -x / 2;
    }
  }

  private static UnaryRange loop(UnaryFormula formula) {
    return Specializer.specialise(
        MethodHandles.lookup(), UnaryLoop.class, formula, UnaryRange.class);
  }

  private static void check(UnaryFormula formula, DoubleUnaryOperator expected) {
    int n = 5 * Lanes.L + 3;
    Place x = Place.random(n, new Random(1));
    Place y = Place.floats(n);
    // Far below the bound in one whole vector, so that both returns are taken.
    for (int i = 0; i < Lanes.L; i++) {
      x.set(i, -100 - i);
    }
    loop(formula).run(Operand.address(x), Operand.address(y), n);
    for (int i = 0; i < n; i++) {
      assertEquals((float) expected.applyAsDouble(x.get(i)), y.get(i), formula + " of " + x.get(i));
    }
    Place.checkAll();
  }

  /** The methods of this library that the loops of a template call with vectors. */
  private static Set<String> calls(Class<?> template, Object operation) {
    Set<String> calls = new TreeSet<>();
    ClassFile.of()
        .parse(VectorInliner.classFile(template, operation))
        .methods()
        .forEach(method ->
            method
                .code()
                .ifPresent(code ->
                    code.forEach(element -> {
                      if (element instanceof InvokeInstruction call
                          && call.owner().asInternalName().startsWith("dev/lanewise")
                          && call.type().stringValue().contains("jdk/incubator/vector")) {
                        calls.add(call.name().stringValue());
                      }
                    })));
    return calls;
  }

  @Test
  void copiedCodeDoesTheSame() {
    check(new Piece(-50, 3, true), x -> x < -50 ? 0 : (8 * (float) x - 50) / 2);
    check(new Piece(-0f, 0, false), x -> x < -50 ? 0 : x / 2);
    check(new Catching(), x -> -x / 2);
  }

  @Test
  void onlyTheVectorApiIsCalled() {
    assertEquals(Set.of(), calls(UnaryLoop.class, new Piece(1, 2, true)));
    assertEquals(Set.of(), calls(UnaryGradientLoop.class, new Piece(1, 2, true)));
    assertEquals(Set.of(), calls(UnaryLoop.class, new Formulas.Exp()));
    assertEquals(Set.of(), calls(BinaryLoop.class, new Formulas.Mul()));
    assertEquals(Set.of(), calls(ReduceLoop.class, new ReduceFormula.Max()));
    assertEquals(Set.of(), calls(ChoiceLoop.class, new ReduceFormula.Min()));
  }

  @Test
  void whatCannotBeCopiedStaysCalled() {
    assertFalse(calls(UnaryLoop.class, new Catching()).isEmpty());
    UnaryFormula inner = new Formulas.Exp();
    assertFalse(calls(UnaryLoop.class, new Wrapped(inner)).isEmpty());
    check(new Wrapped(new Piece(-50, 1, false)), x -> x < -50 ? 0 : x);
  }

  /** Another operation as an attribute: its calls are not calls of this one. */
  record Wrapped(UnaryFormula inner) implements Halved {
    @Override
    public FloatVector half(FloatVector x) {
      return inner.f(x).add(inner.f(x));
    }

    @Override
    public float f(float x) {
      return inner.f(x);
    }
  }
}
