package dev.lanewise.op;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.tensor.Scope;
import dev.lanewise.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The vector form of every elementwise formula against its scalar twin. */
class ScalarTwinTest {
  /** The vector functions err by less than 3 units in the last place, a product adds a half. */
  private static final float UNITS = 4;

  /** Below it, results are made of denormal numbers, and an absolute error counts. */
  private static final float TINY = 0x1p-115f;

  /** Sums of terms of some units that cancel somewhere: of these the absolute error counts. */
  private static final Set<Class<?>> SUMS =
      Set.of(Gelu.class, GeluTanh.class, Silu.class, Mish.class);

  private static final float[] SPECIAL = {
    0f,
    -0f,
    1,
    -1,
    0.5f,
    -0.5f,
    2,
    -2,
    3,
    -3,
    1e-3f,
    -1e-3f,
    1e-20f,
    -1e-20f,
    Float.MIN_NORMAL,
    Float.MIN_VALUE,
    -Float.MIN_VALUE,
    1e-40f,
    88,
    -88,
    104,
    -104,
    1e6f,
    -1e6f,
    1e20f,
    -1e20f,
    Float.MAX_VALUE,
    -Float.MAX_VALUE,
    Float.POSITIVE_INFINITY,
    Float.NEGATIVE_INFINITY,
    Float.NaN
  };

  static List<UnaryOp> unaryOps() {
    return ops(UnaryOp.class);
  }

  static List<BinaryOp> binaryOps() {
    return ops(BinaryOp.class);
  }

  /** One of each class that has samples, which {@link OpCatalogueTest} makes all of them. */
  private static <T extends Op> List<T> ops(Class<T> family) {
    TreeMap<String, T> ops = new TreeMap<>();
    for (Sample sample : OpSamples.all()) {
      if (family.isInstance(sample.op())) {
        ops.put(sample.op().name(), family.cast(sample.op()));
      }
    }
    return List.copyOf(ops.values());
  }

  @ParameterizedTest
  @MethodSource("unaryOps")
  void functionOfOneVariable(UnaryOp op) {
    float[] x = values(7, 500);
    float[] y = evaluate(op, x);
    for (int i = 0; i < x.length; i++) {
      assertClose(op.f(x[i]), y[i], op.name() + " of " + x[i], SUMS.contains(op.getClass()));
    }
  }

  @ParameterizedTest
  @MethodSource("unaryOps")
  void derivativeOfOneVariable(UnaryOp op) {
    float[] x = values(8, 500);
    float[] y = evaluate(op, x);
    float[] df = new float[Lanes.L];
    for (int i = 0; i < x.length; i++) {
      FloatVector at = FloatVector.broadcast(Lanes.F, x[i]);
      op.df(at, FloatVector.broadcast(Lanes.F, y[i])).intoArray(df, 0);
      assertClose(
          op.df(x[i], y[i]),
          df[Lanes.L - 1],
          op.name() + " derivative at " + x[i],
          SUMS.contains(op.getClass()));
    }
  }

  private static float[] evaluate(Op op, float[] x) {
    try (Scope scope = Scope.open()) {
      return Tensor.apply(op, Tensor.of(x, x.length)).toArray();
    }
  }

  @ParameterizedTest
  @MethodSource("binaryOps")
  void functionOfTwoVariables(BinaryOp op) {
    float[] a = values(9, 60);
    float[] b = values(10, 60);
    try (Scope scope = Scope.open()) {
      Tensor column = Tensor.of(a, a.length, 1);
      float[] y = Tensor.apply(op, column, Tensor.of(b, b.length)).toArray();
      for (int i = 0; i < y.length; i++) {
        float left = a[i / b.length];
        float right = b[i % b.length];
        assertClose(op.f(left, right), y[i], op.name() + " of " + left + " and " + right, false);
      }
    }
  }

  private static float[] values(long seed, int count) {
    Random random = new Random(seed);
    float[] values = Arrays.copyOf(SPECIAL, SPECIAL.length + count);
    for (int i = SPECIAL.length; i < values.length; i++) {
      // All sizes alike, from 1e-4 to 1e4.
      double size = Math.pow(10, random.nextDouble() * 8 - 4);
      values[i] = (float) (random.nextBoolean() ? size : -size);
    }
    return values;
  }

  private static void assertClose(float expected, float found, String what, boolean sum) {
    boolean same = Float.compare(expected, found) == 0 || expected == found;
    float allowed = UNITS * Math.ulp(Math.max(Math.abs(expected), sum ? 8 : TINY));
    assertTrue(
        same || Math.abs(expected - found) <= allowed,
        () -> what + ": the scalar gives " + expected + ", the vector " + found);
  }
}
