package dev.lanewise.kernel.elementwise;

import static dev.lanewise.kernel.elementwise.VectorMath.BIAS;
import static dev.lanewise.kernel.elementwise.VectorMath.EXP_1;
import static dev.lanewise.kernel.elementwise.VectorMath.EXP_2;
import static dev.lanewise.kernel.elementwise.VectorMath.EXP_3;
import static dev.lanewise.kernel.elementwise.VectorMath.EXP_4;
import static dev.lanewise.kernel.elementwise.VectorMath.EXP_LARGEST;
import static dev.lanewise.kernel.elementwise.VectorMath.HALF;
import static dev.lanewise.kernel.elementwise.VectorMath.INFINITY;
import static dev.lanewise.kernel.elementwise.VectorMath.LN2_HIGH;
import static dev.lanewise.kernel.elementwise.VectorMath.LN2_LOW;
import static dev.lanewise.kernel.elementwise.VectorMath.LOG2_E;
import static dev.lanewise.kernel.elementwise.VectorMath.LOG_0;
import static dev.lanewise.kernel.elementwise.VectorMath.LOG_1;
import static dev.lanewise.kernel.elementwise.VectorMath.LOG_2;
import static dev.lanewise.kernel.elementwise.VectorMath.LOG_3;
import static dev.lanewise.kernel.elementwise.VectorMath.LOG_4;
import static dev.lanewise.kernel.elementwise.VectorMath.LOG_5;
import static dev.lanewise.kernel.elementwise.VectorMath.LOG_6;
import static dev.lanewise.kernel.elementwise.VectorMath.LOG_7;
import static dev.lanewise.kernel.elementwise.VectorMath.LOG_8;
import static dev.lanewise.kernel.elementwise.VectorMath.MINUS_HALF;
import static dev.lanewise.kernel.elementwise.VectorMath.MINUS_INFINITY;
import static dev.lanewise.kernel.elementwise.VectorMath.MINUS_LN2_HIGH;
import static dev.lanewise.kernel.elementwise.VectorMath.MINUS_LN2_LOW;
import static dev.lanewise.kernel.elementwise.VectorMath.NAN;
import static dev.lanewise.kernel.elementwise.VectorMath.ONE;
import static dev.lanewise.kernel.elementwise.VectorMath.ROOT_HALF_BITS;
import static dev.lanewise.kernel.elementwise.VectorMath.ROUND;
import static dev.lanewise.kernel.elementwise.VectorMath.ROUND_BITS;
import static dev.lanewise.kernel.elementwise.VectorMath.ZERO;
import static dev.lanewise.kernel.elementwise.VectorMath.constant;
import static dev.lanewise.kernel.elementwise.VectorMath.ints;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Exponentials and logarithms that stay exact near 0, with the polynomials of {@link VectorMath},
 * written out for the reason given there.
 */
public final class Exponentials {
  static final FloatVector EXPM1_SMALLEST = constant(-20);
  static final IntVector HALF_BIAS = ints(126 - Float.floatToRawIntBits(0x1.8p23f));
  static final IntVector LARGEST_SHIFT = ints(100 << 23);
  static final FloatVector SINH_LARGEST = constant(88);
  static final FloatVector SMALLEST = constant(-104);

  private Exponentials() {}

  /** e^x - 1; error below 2 ulp. */
  public static FloatVector expm1(FloatVector x) {
    // x = n ln 2 + r, e^x - 1 = 2 (2^(n-1) (e^r - 1) + 2^(n-1) - 1/2); below -20 it is -1.
    FloatVector bounded = x.max(EXPM1_SMALLEST);
    FloatVector rounded = bounded.fma(LOG2_E, ROUND);
    FloatVector n = rounded.sub(ROUND);
    FloatVector r = n.fma(MINUS_LN2_LOW, n.fma(MINUS_LN2_HIGH, bounded));
    FloatVector p = EXP_4.fma(r, EXP_3).fma(r, EXP_2).fma(r, EXP_1).fma(r, HALF);
    p = p.fma(r.mul(r), r);
    FloatVector power =
        rounded
            .reinterpretAsInts()
            .add(HALF_BIAS)
            .lanewise(VectorOperators.LSHL, 23)
            .reinterpretAsFloats();
    FloatVector half = power.fma(p, power.sub(HALF));
    return half.add(half)
        .blend(INFINITY, x.compare(VectorOperators.GT, EXP_LARGEST))
        // -0 stays -0.
        .blend(x, x.compare(VectorOperators.EQ, ZERO));
  }

  /** ln(1 + x); error below 1.5 ulp. */
  public static FloatVector log1p(FloatVector x) {
    // What 1 + x rounds away is added again behind the point.
    FloatVector u = x.add(ONE);
    FloatVector lost = x.sub(u.sub(ONE));
    IntVector bits = u.reinterpretAsInts();
    IntVector e = bits.sub(ROOT_HALF_BITS).lanewise(VectorOperators.ASHR, 23);
    IntVector shift = e.lanewise(VectorOperators.LSHL, 23);
    FloatVector f = bits.sub(shift).reinterpretAsFloats().sub(ONE);
    // Times 2^-e, whose bits are those of 1 less the exponent; nothing is lost above 2^25.
    IntVector scale = ONE.reinterpretAsInts().sub(shift.min(LARGEST_SHIFT));
    f = lost.fma(scale.reinterpretAsFloats(), f);
    FloatVector exponent = e.add(ROUND_BITS).reinterpretAsFloats().sub(ROUND);
    FloatVector p = LOG_8.fma(f, LOG_7).fma(f, LOG_6).fma(f, LOG_5).fma(f, LOG_4);
    p = p.fma(f, LOG_3).fma(f, LOG_2).fma(f, LOG_1).fma(f, LOG_0);
    FloatVector small = p.fma(f, MINUS_HALF).mul(f.mul(f));
    small = exponent.fma(LN2_LOW, small);
    FloatVector result = exponent.fma(LN2_HIGH, f.add(small));
    return x.blend(result, u.compare(VectorOperators.LT, INFINITY))
        .blend(NAN, u.compare(VectorOperators.LT, ZERO))
        .blend(MINUS_INFINITY, u.compare(VectorOperators.EQ, ZERO))
        .blend(x, x.compare(VectorOperators.EQ, ZERO));
  }

  /** ln(1 + e^x); error below 2 ulp. */
  public static FloatVector softplus(FloatVector x) {
    // t = e^-|x| by the polynomial of exp, then ln(1 + t) as in log1p, plus max(x, 0).
    FloatVector minus = x.abs().neg().max(SMALLEST);
    FloatVector rounded = minus.fma(LOG2_E, ROUND);
    FloatVector n = rounded.sub(ROUND);
    FloatVector r = n.fma(MINUS_LN2_LOW, n.fma(MINUS_LN2_HIGH, minus));
    FloatVector q = EXP_4.fma(r, EXP_3).fma(r, EXP_2).fma(r, EXP_1).fma(r, HALF);
    q = q.fma(r.mul(r), r).add(ONE);
    IntVector exponentOfE = rounded.reinterpretAsInts().sub(ROUND_BITS);
    IntVector halfOfE = exponentOfE.lanewise(VectorOperators.ASHR, 1);
    IntVector restOfE = exponentOfE.sub(halfOfE);
    q = q.mul(halfOfE.add(BIAS).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats());
    FloatVector t =
        q.mul(restOfE.add(BIAS).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats());
    FloatVector u = t.add(ONE);
    FloatVector lost = t.sub(u.sub(ONE));
    IntVector bits = u.reinterpretAsInts();
    IntVector e = bits.sub(ROOT_HALF_BITS).lanewise(VectorOperators.ASHR, 23);
    IntVector shift = e.lanewise(VectorOperators.LSHL, 23);
    FloatVector f = bits.sub(shift).reinterpretAsFloats().sub(ONE);
    f = lost.fma(ONE.reinterpretAsInts().sub(shift).reinterpretAsFloats(), f);
    FloatVector exponent = e.add(ROUND_BITS).reinterpretAsFloats().sub(ROUND);
    FloatVector p = LOG_8.fma(f, LOG_7).fma(f, LOG_6).fma(f, LOG_5).fma(f, LOG_4);
    p = p.fma(f, LOG_3).fma(f, LOG_2).fma(f, LOG_1).fma(f, LOG_0);
    FloatVector small = p.fma(f, MINUS_HALF).mul(f.mul(f));
    small = exponent.fma(LN2_LOW, small);
    return exponent.fma(LN2_HIGH, f.add(small)).add(x.max(ZERO));
  }

  /** (e^x - e^-x) / 2; error below 5 ulp. */
  public static FloatVector sinh(FloatVector x) {
    // 2 sinh(x/2) cosh(x/2), of m = e^|x/2| - 1, so that nothing overflows too early.
    FloatVector m = expm1(x.abs().mul(HALF).min(SINH_LARGEST));
    FloatVector e = m.add(ONE);
    FloatVector y = m.div(e).add(m).mul(HALF).mul(ONE.div(e).add(e));
    IntVector sign = x.reinterpretAsInts().lanewise(VectorOperators.LSHR, 31);
    return y.reinterpretAsInts()
        .lanewise(VectorOperators.OR, sign.lanewise(VectorOperators.LSHL, 31))
        .reinterpretAsFloats();
  }

  /** (e^x + e^-x) / 2; error below 4 ulp. */
  public static FloatVector cosh(FloatVector x) {
    FloatVector e = VectorMath.exp(x.abs().mul(HALF));
    return e.mul(HALF).mul(e).add(HALF.div(e.mul(e)));
  }
}
