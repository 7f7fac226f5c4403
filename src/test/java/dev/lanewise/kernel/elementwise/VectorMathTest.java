package dev.lanewise.kernel.elementwise;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.vector.Lanes;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;

/** The functions against double precision: errors in units in the last place, special values. */
class VectorMathTest {
  private static final int SAMPLES = 100_000;
  private static final float[] SPECIAL = {
    0f,
    -0f,
    Float.NaN,
    Float.POSITIVE_INFINITY,
    Float.NEGATIVE_INFINITY,
    Float.MAX_VALUE,
    -Float.MAX_VALUE,
    Float.MIN_VALUE,
    -Float.MIN_VALUE,
    Float.MIN_NORMAL,
    1e-40f,
    88.72283f,
    88.73f,
    -87.5f,
    -103.9f,
    -104.1f,
    1f,
    -1f,
    1e9f
  };

  /** Exercises every value in the first lane that the tail of the samples leaves. */
  private static void check(
      String name,
      UnaryOperator<FloatVector> function,
      DoubleUnaryOperator exact,
      double limit,
      float low,
      float high) {
    Random random = new Random(8);
    float[] in = new float[Lanes.L];
    float[] out = new float[Lanes.L];
    for (int n = 0; n < SAMPLES; n += Lanes.L) {
      for (int i = 0; i < in.length; i++) {
        // Half of them uniform, half of them over the orders of magnitude.
        double uniform = low + (high - low) * random.nextDouble();
        double scaled = uniform * Math.exp(-90 * random.nextDouble());
        in[i] = (float) (random.nextBoolean() ? uniform : scaled);
      }
      function.apply(FloatVector.fromArray(Lanes.F, in, 0)).intoArray(out, 0);
      for (int i = 0; i < in.length; i++) {
        double error = ulps(out[i], exact.applyAsDouble(in[i]));
        float x = in[i];
        assertTrue(error <= limit, () -> name + "(" + x + ") is wrong by " + error + " ulp");
      }
    }
    for (float x : SPECIAL) {
      float found = function.apply(FloatVector.broadcast(Lanes.F, x)).lane(0);
      double expected = exact.applyAsDouble(x);
      if (expected == 0) {
        assertEquals((float) expected, found, name + " of " + x); // tells -0 from 0
      }
      double error = ulps(found, expected);
      assertTrue(error <= limit, () -> name + "(" + x + ") = " + found + ", not " + expected);
    }
  }

  static double ulps(float found, double expected) {
    float rounded = (float) expected;
    if (Float.compare(found, rounded) == 0) {
      return Math.abs(found - expected) / Math.ulp(rounded) > 1 ? 0.5 : 0;
    }
    if (Float.isNaN(rounded) || Float.isNaN(found)) {
      return Double.POSITIVE_INFINITY;
    }
    if (Float.isInfinite(rounded)) {
      return (Float.MAX_VALUE - found) / Math.ulp(Float.MAX_VALUE) + 1;
    }
    return Math.abs(found - expected) / Math.ulp(rounded);
  }

  @Test
  void exponential() {
    check("exp", VectorMath::exp, Math::exp, 1.1, -105, 89);
    check("exp", VectorMath::exp, Math::exp, 1.1, -1, 1);
  }

  @Test
  void exponentialOfNegativeNumbers() {
    Random random = new Random(9);
    for (int n = 0; n < SAMPLES; n++) {
      float x = -110 * random.nextFloat();
      float e = VectorMath.exp(FloatVector.broadcast(Lanes.F, x)).lane(0);
      float found = VectorMath.expUpToZero(FloatVector.broadcast(Lanes.F, x)).lane(0);
      assertEquals(e < Float.MIN_NORMAL ? 0 : e, found, "of " + x);
    }
    for (float x : SPECIAL) {
      if (!(x > 0)) {
        float e = VectorMath.exp(FloatVector.broadcast(Lanes.F, x)).lane(0);
        float found = VectorMath.expUpToZero(FloatVector.broadcast(Lanes.F, x)).lane(0);
        assertEquals(e < Float.MIN_NORMAL ? 0 : e, found, "of " + x);
      }
    }
  }

  @Test
  void logarithm() {
    check("log", VectorMath::log, Math::log, 1, 0, 3e38f);
    check("log", VectorMath::log, Math::log, 1, 0.5f, 2);
    check("log", VectorMath::log, Math::log, 1, 0, 1e-37f);
  }

  @Test
  void hyperbolicTangent() {
    check("tanh", VectorMath::tanh, Math::tanh, 3, -12, 12);
    check("tanh", VectorMath::tanh, Math::tanh, 3, -1, 1);
  }

  @Test
  void logistic() {
    check("sigmoid", VectorMath::sigmoid, x -> 1 / (1 + Math.exp(-x)), 3, -104, 30);
  }

  @Test
  void sineAndCosine() {
    check("sin", VectorMath::sin, Math::sin, 2.5, -7, 7);
    check("sin", VectorMath::sin, Math::sin, 2.5, -6000, 6000);
    check("sin", VectorMath::sin, Math::sin, 2.5, -1e8f, 1e8f);
    check("cos", VectorMath::cos, Math::cos, 2.5, -7, 7);
    check("cos", VectorMath::cos, Math::cos, 2.5, -6000, 6000);
    check("cos", VectorMath::cos, Math::cos, 2.5, -1e8f, 1e8f);
  }

  @Test
  void exponentialLessOne() {
    check("expm1", Exponentials::expm1, Math::expm1, 2, -30, 89);
    check("expm1", Exponentials::expm1, Math::expm1, 2, -1, 1);
  }

  @Test
  void logarithmOfOneMore() {
    check("log1p", Exponentials::log1p, Math::log1p, 1.5, -1, 1);
    check("log1p", Exponentials::log1p, Math::log1p, 1.5, -0.5f, 1e9f);
    check("log1p", Exponentials::log1p, Math::log1p, 1.5, 0, 3e38f);
  }

  @Test
  void softplus() {
    check(
        "softplus",
        Exponentials::softplus,
        x -> Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
        2,
        -103,
        100);
  }

  @Test
  void hyperbolicSineAndCosine() {
    check("sinh", Exponentials::sinh, Math::sinh, 5, -91, 91);
    check("sinh", Exponentials::sinh, Math::sinh, 5, -1, 1);
    check("cosh", Exponentials::cosh, Math::cosh, 4, -91, 91);
  }

  @Test
  void tangent() {
    check("tan", VectorMath::tan, Math::tan, 4, -7, 7);
    check("tan", VectorMath::tan, Math::tan, 4, -6000, 6000);
  }

  @Test
  void arcs() {
    check("atan", ArcFunctions::atan, Math::atan, 2, -20, 20);
    check("atan", ArcFunctions::atan, Math::atan, 2, -1, 1);
    check("asin", ArcFunctions::asin, Math::asin, 3, -1, 1);
    check("acos", ArcFunctions::acos, Math::acos, 3, -1, 1);
    for (float width : new float[] {1, -1, 0, -0f, 3e38f, Float.NEGATIVE_INFINITY}) {
      FloatVector b = FloatVector.broadcast(Lanes.F, width);
      check(
          "atan2(.., " + width + ")",
          a -> ArcFunctions.atan2(a, b),
          a -> Math.atan2(a, width),
          3,
          -10,
          10);
    }
  }

  @Test
  void inverseHyperbolic() {
    DoubleUnaryOperator asinh =
        x ->
            Double.isInfinite(x)
                ? x
                : Math.copySign(Math.log1p(Math.abs(x) + x * x / (1 + Math.sqrt(x * x + 1))), x);
    check("asinh", ArcFunctions::asinh, asinh, 3, -10, 10);
    check("asinh", ArcFunctions::asinh, asinh, 3, -1e20f, 1e20f);
    DoubleUnaryOperator acosh =
        x -> x < 1 ? Double.NaN : Math.log1p(x - 1 + Math.sqrt((x - 1) * (x - 1) + 2 * (x - 1)));
    check("acosh", ArcFunctions::acosh, acosh, 3, 1, 10);
    check("acosh", ArcFunctions::acosh, acosh, 3, 1, 3e38f);
    check(
        "atanh",
        ArcFunctions::atanh,
        x -> Math.copySign(Math.log1p(2 * Math.abs(x) / (1 - Math.abs(x))) / 2, x),
        3,
        -1,
        1);
  }

  @Test
  void errorFunction() {
    check("erf", ErrorFunction::erf, VectorMathTest::erf, 2, -5, 5);
    check("erf", ErrorFunction::erf, VectorMathTest::erf, 2, -1, 1);
  }

  @Test
  void normalDistribution() {
    for (float x = -15; x < 15; x += 0.01f) {
      float found = ErrorFunction.normal(FloatVector.broadcast(Lanes.F, x)).lane(0);
      double exact = normal(x);
      assertEquals(exact, found, 1e-7, "normal(" + x + ")");
      assertEquals(exact, found, 1e-4 * exact + 1e-37, "normal(" + x + ")");
    }
  }

  /** The series of Abramowitz and Stegun 7.1.6. */
  private static double erf(double x) {
    if (Math.abs(x) > 6 || Double.isNaN(x)) {
      return Double.isNaN(x) ? x : Math.signum(x);
    }
    double term = x;
    double sum = x;
    for (int n = 1; n < 200; n++) {
      term *= 2 * x * x / (2 * n + 1);
      sum += term;
    }
    return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
  }

  /** By the continued fraction in the tail. */
  private static double normal(double x) {
    double size = Math.abs(x);
    double below = (1 - erf(size / Math.sqrt(2))) / 2;
    if (size > 2.5) {
      double fraction = 0;
      for (int n = 100; n > 0; n--) {
        fraction = n / (size + fraction);
      }
      below = Math.exp(-size * size / 2) / Math.sqrt(2 * Math.PI) / (size + fraction);
    }
    return x < 0 ? below : 1 - below;
  }
}
