package dev.lanewise.kernel.elementwise;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.vector.Lanes;
import java.util.Random;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;

/** Powers against those of {@link StrictMath} in double precision. */
class PowerTest {
  private static final double LIMIT = 1.1;
  private static final int SAMPLES = 200_000;

  private static final float[] SPECIAL = {
    0,
    1,
    2,
    3,
    0.5f,
    1.5f,
    -149,
    150,
    128,
    Math.nextUp(1f),
    Math.nextDown(1f),
    1e-30f,
    1e30f,
    1e-40f,
    Float.MIN_VALUE,
    Float.MIN_NORMAL,
    Float.MAX_VALUE,
    Float.POSITIVE_INFINITY,
    Float.NaN,
    // Around where floats are whole numbers, and then even ones.
    4194303.5f,
    4194305,
    8388607,
    8388607.5f,
    8388609,
    16777215,
    16777216
  };

  private interface Sample {
    /** Sets x and y of one lane. */
    void set(float[] x, float[] y, int lane);
  }

  private final Random random = new Random(8);

  /** An exponent with which the result is anything from far below the least float to infinity. */
  private float exponentFor(float x) {
    double wanted = 280 * random.nextDouble() - 151;
    return (float) (wanted / (StrictMath.log(x) / StrictMath.log(2)));
  }

  private static void check(Sample sample) {
    float[] x = new float[Lanes.L];
    float[] y = new float[Lanes.L];
    float[] out = new float[Lanes.L];
    for (int n = 0; n < SAMPLES; n += Lanes.L) {
      for (int i = 0; i < Lanes.L; i++) {
        sample.set(x, y, i);
      }
      Power.pow(FloatVector.fromArray(Lanes.F, x, 0), FloatVector.fromArray(Lanes.F, y, 0))
          .intoArray(out, 0);
      for (int i = 0; i < Lanes.L; i++) {
        check(x[i], y[i], out[i]);
      }
    }
  }

  private static void check(float x, float y, float found) {
    boolean one = x == 1 || (x == -1 && Float.isInfinite(y));
    double expected = one ? 1 : StrictMath.pow(x, y);
    if (expected == 0 || Double.isInfinite(expected)) {
      assertEquals((float) expected, found, () -> x + " ^ " + y); // tells -0 from 0
    }
    double error =
        expected < 0
            ? VectorMathTest.ulps(-found, -expected)
            : VectorMathTest.ulps(found, expected);
    assertTrue(
        error <= LIMIT, () -> x + " ^ " + y + " = " + found + ", not " + expected + ": " + error);
  }

  @Test
  void anyNumberToResultsOfAnySize() {
    check((x, y, i) -> {
      x[i] = Float.intBitsToFloat(1 + random.nextInt(0x7f7fffff));
      y[i] = exponentFor(x[i]);
    });
  }

  @Test
  void numbersNearOneToLargePowers() {
    check((x, y, i) -> {
      x[i] = 1 + (random.nextInt(2000) + 1) * (random.nextBoolean() ? 0x1p-23f : -0x1p-24f);
      y[i] = exponentFor(x[i]);
    });
    check((x, y, i) -> {
      x[i] = 1.001f + random.nextFloat();
      y[i] = exponentFor(x[i]);
    });
  }

  @Test
  void smallExponents() {
    check((x, y, i) -> {
      x[i] = 100 * random.nextFloat();
      y[i] = (random.nextInt(17) - 8) / 2f;
    });
  }

  @Test
  void negativeNumbersToWholePowers() {
    check((x, y, i) -> {
      x[i] = Float.intBitsToFloat(Integer.MIN_VALUE | random.nextInt(0x7f800000));
      y[i] = random.nextInt(41) - 20;
    });
  }

  @Test
  void specialValues() {
    for (float first : SPECIAL) {
      for (float second : SPECIAL) {
        for (float x : new float[] {first, -first}) {
          for (float y : new float[] {second, -second}) {
            FloatVector power =
                Power.pow(FloatVector.broadcast(Lanes.F, x), FloatVector.broadcast(Lanes.F, y));
            check(x, y, power.lane(Lanes.L - 1));
          }
        }
      }
    }
  }
}
