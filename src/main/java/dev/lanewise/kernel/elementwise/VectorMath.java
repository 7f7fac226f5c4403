package dev.lanewise.kernel.elementwise;

import static dev.lanewise.kernel.vector.Lanes.F;

import dev.lanewise.kernel.template.VectorInliner;
import dev.lanewise.kernel.vector.Lanes;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Transcendental functions on all lanes of a vector of the species {@link Lanes#F}.
 *
 * <p>The polynomials are least-maximum fits of this project, rounded to float one coefficient after
 * the other. The errors stated are the largest found by the tests, in units in the last place of
 * the true value. Infinite, denormal and NaN arguments and results are those of {@link Math}.
 *
 * <p>In the loops of formulas the bytecode of these functions is copied into the loop ({@link
 * VectorInliner}), so there they may be called and combined freely; their fields are not private
 * for that reason. A kernel written by hand calls them, and for it they are mostly written out and
 * not built of each other, and their constants are vectors: the compiler has a budget for inlining,
 * which some thirty vector operations use up. Behind them only methods of the Vector API itself are
 * still inlined, and any other call boxes its vectors.
 */
public final class VectorMath {
  static final FloatVector ZERO = constant(0);
  static final FloatVector ONE = constant(1);
  static final FloatVector TWO = constant(2);
  static final FloatVector HALF = constant(0.5f);
  static final FloatVector MINUS_HALF = constant(-0.5f);
  static final FloatVector INFINITY = constant(Float.POSITIVE_INFINITY);
  static final FloatVector MINUS_INFINITY = constant(Float.NEGATIVE_INFINITY);
  static final FloatVector NAN = constant(Float.NaN);

  /** Adding it to a float below 2^22 in size rounds that to a whole number, in the low bits. */
  static final FloatVector ROUND = constant(0x1.8p23f);

  static final IntVector ROUND_BITS = ints(Float.floatToRawIntBits(0x1.8p23f));

  /** The bias of a float's exponent. */
  static final IntVector BIAS = ints(127);

  /** {@link #BIAS} less what {@link #ROUND} adds. */
  static final IntVector ROUNDED_BIAS = ints(127 - Float.floatToRawIntBits(0x1.8p23f));

  static final FloatVector LOG2_E = constant(0x1.715476p0f);
  static final FloatVector LN2_HIGH = constant(0x1.62e42ep-1f);
  static final FloatVector LN2_LOW = constant(0x1.efa39ep-25f);
  static final FloatVector MINUS_LN2_HIGH = constant(-0x1.62e42ep-1f);
  static final FloatVector MINUS_LN2_LOW = constant(-0x1.efa39ep-25f);

  static final FloatVector EXP_LARGEST = constant(89);
  static final FloatVector EXP_SMALLEST = constant(-104);

  /** The least number whose exponential is no denormal number: -126 ln 2. */
  static final FloatVector EXP_LEAST_NORMAL = constant(-0x1.5d589ep6f);

  // (e^r - 1 - r) / r^2 for |r| up to half of ln 2.
  static final FloatVector EXP_1 = constant(0x1.55548ep-3f);
  static final FloatVector EXP_2 = constant(0x1.5554dp-5f);
  static final FloatVector EXP_3 = constant(0x1.123c22p-7f);
  static final FloatVector EXP_4 = constant(0x1.6d6864p-10f);

  static final FloatVector LEAST_NORMAL = constant(Float.MIN_NORMAL);
  static final FloatVector TWO_TO_23 = constant(0x1p23f);
  static final FloatVector TWENTY_THREE = constant(23);
  static final IntVector ROOT_HALF_BITS = ints(0x3f3504f3);

  // (ln(1 + f) - f + f^2 / 2) / f^3 for 1 + f from the root of 1/2 to the root of 2.
  static final FloatVector LOG_0 = constant(0x1.555546p-2f);
  static final FloatVector LOG_1 = constant(-0x1.ffffeep-3f);
  static final FloatVector LOG_2 = constant(0x1.99a542p-3f);
  static final FloatVector LOG_3 = constant(-0x1.5562dep-3f);
  static final FloatVector LOG_4 = constant(0x1.233304p-3f);
  static final FloatVector LOG_5 = constant(-0x1.fb4446p-4f);
  static final FloatVector LOG_6 = constant(0x1.e64e08p-4f);
  static final FloatVector LOG_7 = constant(-0x1.e2e1ep-4f);
  static final FloatVector LOG_8 = constant(0x1.1b3e9ap-4f);

  static final FloatVector TANH_IS_ONE = constant(10);

  // -pi/2 in parts of 12 bits: products with numbers below 4096 are exact.
  static final FloatVector HALF_PI_1 = constant(-0x1.92p0f);
  static final FloatVector HALF_PI_2 = constant(-0x1.fb4p-12f);
  static final FloatVector HALF_PI_3 = constant(-0x1.444p-24f);
  static final FloatVector HALF_PI_4 = constant(-0x1.68c234p-39f);
  static final FloatVector TWO_OVER_PI = constant(0x1.45f306p-1f);

  /** Above this the parts of pi/2 do not suffice. */
  static final FloatVector LARGE_ANGLE = constant(6000);

  // sin(r) = r + r z S(z) and cos(r) = 1 - z / 2 + z^2 C(z) with z = r^2, |r| up to pi/4.
  static final FloatVector SIN_0 = constant(-0x1.555546p-3f);
  static final FloatVector SIN_1 = constant(0x1.11077ap-7f);
  static final FloatVector SIN_2 = constant(-0x1.9954a8p-13f);
  static final FloatVector COS_0 = constant(0x1.55554ap-5f);
  static final FloatVector COS_1 = constant(-0x1.6c0c1ap-10f);
  static final FloatVector COS_2 = constant(0x1.99e0e6p-16f);

  private VectorMath() {}

  static FloatVector constant(float value) {
    return FloatVector.broadcast(F, value);
  }

  static IntVector ints(int value) {
    return IntVector.broadcast(Lanes.I, value);
  }

  /** e to the power of x; error below 1.1 ulp, denormal results included. */
  public static FloatVector exp(FloatVector x) {
    // x = n ln 2 + r
    FloatVector rounded = x.fma(LOG2_E, ROUND);
    FloatVector n = rounded.sub(ROUND);
    FloatVector r = n.fma(MINUS_LN2_LOW, n.fma(MINUS_LN2_HIGH, x));
    FloatVector p = EXP_4.fma(r, EXP_3).fma(r, EXP_2).fma(r, EXP_1).fma(r, HALF);
    p = p.fma(r.mul(r), r).add(ONE);
    // 2^n in two factors: n runs from -150 to 128, beyond the exponents of normal floats.
    IntVector exponent = rounded.reinterpretAsInts().sub(ROUND_BITS);
    IntVector half = exponent.lanewise(VectorOperators.ASHR, 1);
    IntVector rest = exponent.sub(half);
    p = p.mul(half.add(BIAS).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats());
    p = p.mul(rest.add(BIAS).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats());
    return p.blend(INFINITY, x.compare(VectorOperators.GT, EXP_LARGEST))
        .blend(ZERO, x.compare(VectorOperators.LT, EXP_SMALLEST));
  }

  /**
   * e to the power of x for x up to 0, as it stands behind a maximum: the bits of {@link #exp}, but
   * 0 where these are denormal, with a third fewer instructions.
   */
  public static FloatVector expUpToZero(FloatVector x) {
    FloatVector rounded = x.fma(LOG2_E, ROUND);
    FloatVector n = rounded.sub(ROUND);
    FloatVector r = n.fma(MINUS_LN2_LOW, n.fma(MINUS_LN2_HIGH, x));
    FloatVector p = EXP_4.fma(r, EXP_3).fma(r, EXP_2).fma(r, EXP_1).fma(r, HALF);
    p = p.fma(r.mul(r), r).add(ONE);
    FloatVector power =
        rounded
            .reinterpretAsInts()
            .add(ROUNDED_BIAS)
            .lanewise(VectorOperators.LSHL, 23)
            .reinterpretAsFloats();
    return p.mul(power).blend(ZERO, x.compare(VectorOperators.LT, EXP_LEAST_NORMAL));
  }

  /** The natural logarithm; error below 1 ulp. */
  public static FloatVector log(FloatVector x) {
    VectorMask<Float> denormal = x.compare(VectorOperators.LT, LEAST_NORMAL);
    // x = 2^e (1 + f) with 1 + f from the root of 1/2 to the root of 2.
    IntVector bits = x.blend(x.mul(TWO_TO_23), denormal).reinterpretAsInts();
    IntVector e = bits.sub(ROOT_HALF_BITS).lanewise(VectorOperators.ASHR, 23);
    FloatVector f = bits.sub(e.lanewise(VectorOperators.LSHL, 23)).reinterpretAsFloats().sub(ONE);
    FloatVector exponent = e.add(ROUND_BITS).reinterpretAsFloats().sub(ROUND);
    exponent = exponent.blend(exponent.sub(TWENTY_THREE), denormal);
    FloatVector p = LOG_8.fma(f, LOG_7).fma(f, LOG_6).fma(f, LOG_5).fma(f, LOG_4);
    p = p.fma(f, LOG_3).fma(f, LOG_2).fma(f, LOG_1).fma(f, LOG_0);
    FloatVector small = p.fma(f, MINUS_HALF).mul(f.mul(f));
    small = exponent.fma(LN2_LOW, small);
    FloatVector result = exponent.fma(LN2_HIGH, f.add(small));
    // For infinity and NaN the logarithm is the argument itself.
    return x.blend(result, x.compare(VectorOperators.LT, INFINITY))
        .blend(NAN, x.compare(VectorOperators.LT, ZERO))
        .blend(MINUS_INFINITY, x.compare(VectorOperators.EQ, ZERO));
  }

  /** The hyperbolic tangent, by e^2|x| - 1 over e^2|x| + 1; error below 3 ulp. */
  public static FloatVector tanh(FloatVector x) {
    FloatVector size = x.abs();
    FloatVector twice = size.add(size);
    FloatVector rounded = twice.fma(LOG2_E, ROUND);
    FloatVector n = rounded.sub(ROUND);
    FloatVector r = n.fma(MINUS_LN2_LOW, n.fma(MINUS_LN2_HIGH, twice));
    FloatVector p = EXP_4.fma(r, EXP_3).fma(r, EXP_2).fma(r, EXP_1).fma(r, HALF);
    p = p.fma(r.mul(r), r);
    FloatVector power =
        rounded
            .reinterpretAsInts()
            .add(ROUNDED_BIAS)
            .lanewise(VectorOperators.LSHL, 23)
            .reinterpretAsFloats();
    FloatVector minusOne = power.fma(p, power.sub(ONE));
    FloatVector result =
        minusOne.div(minusOne.add(TWO)).blend(ONE, size.compare(VectorOperators.GT, TANH_IS_ONE));
    // The sign of x: size and x differ in no other bit.
    IntVector sign = x.reinterpretAsInts().lanewise(VectorOperators.XOR, size.reinterpretAsInts());
    return result.reinterpretAsInts().lanewise(VectorOperators.XOR, sign).reinterpretAsFloats();
  }

  /** The logistic function 1 / (1 + e^-x); error below 3 ulp, also where the result is denormal. */
  public static FloatVector sigmoid(FloatVector x) {
    FloatVector small = exp(x.abs().neg());
    return ONE.blend(small, x.compare(VectorOperators.LT, ZERO)).div(small.add(ONE));
  }

  /** The sine of x in radians; error below 2.5 ulp. */
  public static FloatVector sin(FloatVector x) {
    if (x.abs().compare(VectorOperators.GT, LARGE_ANGLE).anyTrue()) {
      return x.lanewise(VectorOperators.SIN);
    }
    FloatVector rounded = x.fma(TWO_OVER_PI, ROUND);
    FloatVector n = rounded.sub(ROUND);
    FloatVector r = n.fma(HALF_PI_4, n.fma(HALF_PI_3, n.fma(HALF_PI_2, n.fma(HALF_PI_1, x))));
    FloatVector z = r.mul(r);
    FloatVector s = SIN_2.fma(z, SIN_1).fma(z, SIN_0).mul(z).fma(r, r);
    FloatVector c = COS_2.fma(z, COS_1).fma(z, COS_0).fma(z, MINUS_HALF).fma(z, ONE);
    // The quadrant stands in the two lowest bits of the rounded quotient: the lowest one chooses
    // between sine and cosine, the other one is the sign.
    IntVector quadrant = rounded.reinterpretAsInts();
    IntVector sign = quadrant.lanewise(VectorOperators.LSHR, 1).lanewise(VectorOperators.LSHL, 31);
    VectorMask<Float> odd =
        quadrant
            .lanewise(VectorOperators.LSHL, 31)
            .reinterpretAsFloats()
            .test(VectorOperators.IS_NEGATIVE);
    return s.blend(c, odd)
        .reinterpretAsInts()
        .lanewise(VectorOperators.XOR, sign)
        .reinterpretAsFloats()
        // The sine of -0 is -0, which the polynomial does not give.
        .blend(x, x.compare(VectorOperators.EQ, ZERO));
  }

  /** The cosine of x in radians; error below 2.5 ulp. */
  public static FloatVector cos(FloatVector x) {
    if (x.abs().compare(VectorOperators.GT, LARGE_ANGLE).anyTrue()) {
      return x.lanewise(VectorOperators.COS);
    }
    FloatVector rounded = x.fma(TWO_OVER_PI, ROUND);
    FloatVector n = rounded.sub(ROUND);
    FloatVector r = n.fma(HALF_PI_4, n.fma(HALF_PI_3, n.fma(HALF_PI_2, n.fma(HALF_PI_1, x))));
    FloatVector z = r.mul(r);
    FloatVector s = SIN_2.fma(z, SIN_1).fma(z, SIN_0).mul(z).fma(r, r);
    FloatVector c = COS_2.fma(z, COS_1).fma(z, COS_0).fma(z, MINUS_HALF).fma(z, ONE);
    // As for the sine, a quarter turn further.
    IntVector quadrant = rounded.reinterpretAsInts().add(1);
    IntVector sign = quadrant.lanewise(VectorOperators.LSHR, 1).lanewise(VectorOperators.LSHL, 31);
    VectorMask<Float> odd =
        quadrant
            .lanewise(VectorOperators.LSHL, 31)
            .reinterpretAsFloats()
            .test(VectorOperators.IS_NEGATIVE);
    return s.blend(c, odd)
        .reinterpretAsInts()
        .lanewise(VectorOperators.XOR, sign)
        .reinterpretAsFloats();
  }

  /** The tangent of x in radians; error below 4 ulp. */
  public static FloatVector tan(FloatVector x) {
    if (x.abs().compare(VectorOperators.GT, LARGE_ANGLE).anyTrue()) {
      return x.lanewise(VectorOperators.TAN);
    }
    FloatVector rounded = x.fma(TWO_OVER_PI, ROUND);
    FloatVector n = rounded.sub(ROUND);
    FloatVector r = n.fma(HALF_PI_4, n.fma(HALF_PI_3, n.fma(HALF_PI_2, n.fma(HALF_PI_1, x))));
    FloatVector z = r.mul(r);
    FloatVector s = SIN_2.fma(z, SIN_1).fma(z, SIN_0).mul(z).fma(r, r);
    FloatVector c = COS_2.fma(z, COS_1).fma(z, COS_0).fma(z, MINUS_HALF).fma(z, ONE);
    // A quarter turn further it is -c / s.
    VectorMask<Float> odd =
        rounded
            .reinterpretAsInts()
            .lanewise(VectorOperators.LSHL, 31)
            .reinterpretAsFloats()
            .test(VectorOperators.IS_NEGATIVE);
    return s.blend(c.neg(), odd).div(c.blend(s, odd)).blend(x, x.compare(VectorOperators.EQ, ZERO));
  }
}
