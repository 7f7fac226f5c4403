package dev.lanewise.kernel;

import static dev.lanewise.kernel.Lanes.F;
import static dev.lanewise.kernel.VectorMemory.broadcast;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Transcendental functions on all lanes of a vector of the species {@link Lanes#F}.
 *
 * <p>The polynomials are least-maximum fits of this project, rounded to float one coefficient after
 * the other. The errors stated are the largest found by the tests, in units in the last place of the
 * true value. Infinite, denormal and NaN arguments and results are those of {@link Math}.
 */
public final class VectorMath {
  /** Adding it to a float below 2^22 in size rounds that to a whole number, in the low bits. */
  private static final float ROUND = 0x1.8p23f;

  private static final int ROUND_BITS = Float.floatToRawIntBits(ROUND);

  private static final float LOG2_E = 0x1.715476p0f;
  private static final float LN2_HIGH = 0x1.62e42ep-1f;
  private static final float LN2_LOW = 0x1.efa39ep-25f;

  // The same with a high part so short that its product with an exponent is exact.
  private static final float LN2_SHORT = 0x1.62e4p-1f;
  private static final float LN2_REST = 0x1.7f7d1cp-20f;

  // pi/2 in parts of 12 bits: products with numbers below 4096 are exact.
  private static final float HALF_PI_1 = 0x1.92p0f;
  private static final float HALF_PI_2 = 0x1.fb4p-12f;
  private static final float HALF_PI_3 = 0x1.444p-24f;
  private static final float HALF_PI_4 = 0x1.68c234p-39f;
  private static final float TWO_OVER_PI = 0x1.45f306p-1f;

  /** Above this the parts of pi/2 do not suffice. */
  private static final float LARGE_ANGLE = 6000;

  private VectorMath() {}

  /** e to the power of x; error below 1.1 ulp, denormal results included. */
  public static FloatVector exp(FloatVector x) {
    FloatVector rounded = x.fma(broadcast(LOG2_E), broadcast(ROUND));
    FloatVector n = rounded.sub(ROUND);
    FloatVector reduced = expMinusOne(remainder(x, n)).add(1);
    // 2^n in two factors: n runs from -150 to 128, beyond the exponents of normal floats.
    IntVector exponent = rounded.viewAsIntegralLanes().reinterpretAsInts().sub(ROUND_BITS);
    IntVector half = exponent.lanewise(VectorOperators.ASHR, 1);
    FloatVector result = reduced.mul(powerOfTwo(half)).mul(powerOfTwo(exponent.sub(half)));
    return result
        .blend(Float.POSITIVE_INFINITY, x.compare(VectorOperators.GT, 89))
        .blend(0, x.compare(VectorOperators.LT, -104));
  }

  /** x - n ln 2. */
  private static FloatVector remainder(FloatVector x, FloatVector n) {
    return n.fma(broadcast(-LN2_LOW), n.fma(broadcast(-LN2_HIGH), x));
  }

  /** e^r - 1 for |r| up to half of ln 2. */
  private static FloatVector expMinusOne(FloatVector r) {
    FloatVector p = broadcast(0x1.6d6864p-10f);
    p = p.fma(r, broadcast(0x1.123c22p-7f));
    p = p.fma(r, broadcast(0x1.5554dp-5f));
    p = p.fma(r, broadcast(0x1.55548ep-3f));
    p = p.fma(r, broadcast(0.5f));
    return p.fma(r.mul(r), r);
  }

  /** 2^n for n from -126 to 127. */
  private static FloatVector powerOfTwo(IntVector n) {
    return n.add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
  }

  /** The natural logarithm; error below 1 ulp. */
  public static FloatVector log(FloatVector x) {
    VectorMask<Float> denormal = x.compare(VectorOperators.LT, Float.MIN_NORMAL);
    FloatVector normal = x.blend(x.mul(0x1p23f), denormal);
    // x = 2^e (1 + f) with 1 + f from the root of 1/2 to the root of 2.
    IntVector bits = normal.viewAsIntegralLanes().reinterpretAsInts();
    IntVector e = bits.sub(0x3f3504f3).lanewise(VectorOperators.ASHR, 23);
    FloatVector f =
        bits.sub(e.lanewise(VectorOperators.LSHL, 23)).reinterpretAsFloats().sub(1);
    FloatVector exponent = asFloats(e).sub(broadcast(0).blend(23, denormal));
    FloatVector p = broadcast(0x1.1b3e9ap-4f);
    p = p.fma(f, broadcast(-0x1.e2e1ep-4f));
    p = p.fma(f, broadcast(0x1.e64e08p-4f));
    p = p.fma(f, broadcast(-0x1.fb4446p-4f));
    p = p.fma(f, broadcast(0x1.233304p-3f));
    p = p.fma(f, broadcast(-0x1.5562dep-3f));
    p = p.fma(f, broadcast(0x1.99a542p-3f));
    p = p.fma(f, broadcast(-0x1.ffffeep-3f));
    p = p.fma(f, broadcast(0x1.555546p-2f));
    FloatVector square = f.mul(f);
    FloatVector small = p.mul(f).sub(0.5f).mul(square);
    small = exponent.fma(broadcast(LN2_REST), small);
    FloatVector result = exponent.fma(broadcast(LN2_SHORT), f.add(small));
    VectorMask<Float> ordinary = x.compare(VectorOperators.LT, Float.POSITIVE_INFINITY);
    // For infinity and NaN the logarithm is the argument itself.
    return x.blend(result, ordinary)
        .blend(Float.NaN, x.compare(VectorOperators.LT, 0))
        .blend(Float.NEGATIVE_INFINITY, x.compare(VectorOperators.EQ, 0));
  }

  /** Small whole numbers as floats, by the inverse of the rounding trick. */
  private static FloatVector asFloats(IntVector small) {
    return small.add(ROUND_BITS).reinterpretAsFloats().sub(ROUND);
  }

  /** The hyperbolic tangent, by e^2|x| - 1 over e^2|x| + 1; error below 3 ulp. */
  public static FloatVector tanh(FloatVector x) {
    FloatVector size = x.abs();
    FloatVector twice = size.add(size);
    FloatVector rounded = twice.fma(broadcast(LOG2_E), broadcast(ROUND));
    FloatVector n = rounded.sub(ROUND);
    FloatVector q = expMinusOne(remainder(twice, n));
    FloatVector power =
        powerOfTwo(rounded.viewAsIntegralLanes().reinterpretAsInts().sub(ROUND_BITS));
    FloatVector minusOne = power.fma(q, power.sub(1));
    FloatVector result = minusOne.div(minusOne.add(2));
    result = result.blend(1, size.compare(VectorOperators.GT, 10));
    return withSignOf(result, x);
  }

  /** A vector without signs with those of another one; NaN stays NaN. */
  private static FloatVector withSignOf(FloatVector size, FloatVector sign) {
    IntVector signs =
        sign.viewAsIntegralLanes().reinterpretAsInts().and(Integer.MIN_VALUE);
    return size.viewAsIntegralLanes().reinterpretAsInts().or(signs).reinterpretAsFloats();
  }

  /**
   * The logistic function 1 / (1 + e^-x); error below 3 ulp, also where the result is denormal.
   */
  public static FloatVector sigmoid(FloatVector x) {
    FloatVector small = exp(x.abs().neg());
    FloatVector numerator = broadcast(1).blend(small, x.compare(VectorOperators.LT, 0));
    return numerator.div(small.add(1));
  }

  /** The sine of x in radians; error below 2.5 ulp. */
  public static FloatVector sin(FloatVector x) {
    return x.abs().compare(VectorOperators.GT, LARGE_ANGLE).anyTrue()
        ? x.lanewise(VectorOperators.SIN)
        // The sine of -0 is -0, which the polynomial does not give.
        : sine(x, 0).blend(x, x.compare(VectorOperators.EQ, 0));
  }

  /** The cosine of x in radians; error below 2.5 ulp. */
  public static FloatVector cos(FloatVector x) {
    return x.abs().compare(VectorOperators.GT, LARGE_ANGLE).anyTrue()
        ? x.lanewise(VectorOperators.COS)
        : sine(x, 1);
  }

  /** sin(x + quarterTurns pi/2). */
  private static FloatVector sine(FloatVector x, int quarterTurns) {
    FloatVector rounded = x.fma(broadcast(TWO_OVER_PI), broadcast(ROUND));
    FloatVector n = rounded.sub(ROUND);
    FloatVector r = n.fma(broadcast(-HALF_PI_1), x);
    r = n.fma(broadcast(-HALF_PI_2), r);
    r = n.fma(broadcast(-HALF_PI_3), r);
    r = n.fma(broadcast(-HALF_PI_4), r);
    FloatVector z = r.mul(r);
    FloatVector s = broadcast(-0x1.9954a8p-13f);
    s = s.fma(z, broadcast(0x1.11077ap-7f));
    s = s.fma(z, broadcast(-0x1.555546p-3f));
    s = s.mul(z).fma(r, r);
    FloatVector c = broadcast(0x1.99e0e6p-16f);
    c = c.fma(z, broadcast(-0x1.6c0c1ap-10f));
    c = c.fma(z, broadcast(0x1.55554ap-5f));
    c = c.fma(z, broadcast(-0.5f));
    c = c.fma(z, broadcast(1));
    // The quadrant stands in the two lowest bits of the rounded quotient.
    IntVector quadrant =
        rounded.viewAsIntegralLanes().reinterpretAsInts().add(quarterTurns);
    VectorMask<Float> odd =
        quadrant.and(1).compare(VectorOperators.NE, 0).cast(F);
    IntVector sign = quadrant.and(2).lanewise(VectorOperators.LSHL, 30);
    return s.blend(c, odd)
        .viewAsIntegralLanes()
        .reinterpretAsInts()
        .lanewise(VectorOperators.XOR, sign)
        .reinterpretAsFloats();
  }

  /**
   * x to the power of the exponent, by the vector function of the JDK (error below 1 ulp on x86);
   * special cases as {@link Math#pow}, except that any power of 1 is 1, as in C and PyTorch.
   */
  public static FloatVector pow(FloatVector x, FloatVector exponent) {
    return x.lanewise(VectorOperators.POW, exponent)
        .blend(1, x.compare(VectorOperators.EQ, 1));
  }
}
