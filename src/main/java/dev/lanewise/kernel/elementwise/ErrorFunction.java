package dev.lanewise.kernel.elementwise;

import static dev.lanewise.kernel.elementwise.VectorMath.EXP_1;
import static dev.lanewise.kernel.elementwise.VectorMath.EXP_2;
import static dev.lanewise.kernel.elementwise.VectorMath.EXP_3;
import static dev.lanewise.kernel.elementwise.VectorMath.EXP_4;
import static dev.lanewise.kernel.elementwise.VectorMath.HALF;
import static dev.lanewise.kernel.elementwise.VectorMath.INFINITY;
import static dev.lanewise.kernel.elementwise.VectorMath.LOG2_E;
import static dev.lanewise.kernel.elementwise.VectorMath.MINUS_LN2_HIGH;
import static dev.lanewise.kernel.elementwise.VectorMath.MINUS_LN2_LOW;
import static dev.lanewise.kernel.elementwise.VectorMath.ONE;
import static dev.lanewise.kernel.elementwise.VectorMath.ROUND;
import static dev.lanewise.kernel.elementwise.VectorMath.ROUNDED_BIAS;
import static dev.lanewise.kernel.elementwise.VectorMath.ZERO;
import static dev.lanewise.kernel.elementwise.VectorMath.constant;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * The error function and the distribution function of the normal distribution: below {@link #SPLIT}
 * erf t = t + t S(t²), above it 1 - erf t = e^-(t + t Q(t)). The polynomials are least-maximum fits
 * of this project.
 */
public final class ErrorFunction {
  static final FloatVector SPLIT = constant(0.93f);

  /** Beyond it 1 - erf t is below the least normal float. */
  static final FloatVector END = constant(9.2f);

  static final FloatVector ROOT_HALF = constant(0x1.6a09e6p-1f);

  static final FloatVector SMALL_0 = constant(0x1.06eba6p-3f);
  static final FloatVector SMALL_1 = constant(-0x1.8126e8p-2f);
  static final FloatVector SMALL_2 = constant(0x1.ce1a88p-4f);
  static final FloatVector SMALL_3 = constant(-0x1.b689b6p-6f);
  static final FloatVector SMALL_4 = constant(0x1.4723dep-8f);
  static final FloatVector SMALL_5 = constant(-0x1.398912p-11f);

  static final FloatVector LARGE_0 = constant(0x1.07dcb6p-3f);
  static final FloatVector LARGE_1 = constant(0x1.44c606p-1f);
  static final FloatVector LARGE_2 = constant(0x1.b92588p-4f);
  static final FloatVector LARGE_3 = constant(-0x1.9b9366p-6f);
  static final FloatVector LARGE_4 = constant(0x1.1d1d50p-8f);
  static final FloatVector LARGE_5 = constant(-0x1.1521p-11f);
  static final FloatVector LARGE_6 = constant(0x1.6078aep-15f);
  static final FloatVector LARGE_7 = constant(-0x1.05137ap-19f);
  static final FloatVector LARGE_8 = constant(0x1.539f0ap-25f);

  static final FloatVector MIDDLE_8 = constant(2.81022636e-08f);
  static final FloatVector MIDDLE_7 = constant(3.43273939e-07f);
  static final FloatVector MIDDLE_6 = constant(-3.5233877e-06f);
  static final FloatVector MIDDLE_5 = constant(-4.39150654e-06f);
  static final FloatVector MIDDLE_4 = constant(0.00021858087f);
  static final FloatVector MIDDLE_3 = constant(-0.00125372503f);
  static final FloatVector MIDDLE_2 = constant(-0.00417768164f);
  static final FloatVector MIDDLE_1 = constant(0.246640727f);
  static final FloatVector MIDDLE_0 = constant(1.50140941f);
  static final FloatVector TAIL_8 = constant(-0.000200214257f);
  static final FloatVector TAIL_7 = constant(0.000100950558f);
  static final FloatVector TAIL_6 = constant(0.00134934322f);
  static final FloatVector TAIL_5 = constant(-0.00367342844f);
  static final FloatVector TAIL_4 = constant(0.00573950773f);
  static final FloatVector TAIL_3 = constant(-0.0076224613f);
  static final FloatVector TAIL_2 = constant(0.00943887047f);
  static final FloatVector TAIL_1 = constant(1.00167406f);
  static final FloatVector TAIL_0 = constant(2.83297682f);
  static final FloatVector TAIL_FROM = constant(5);
  static final FloatVector MIDDLE_CENTRE = constant(2.5f);
  static final FloatVector TAIL_CENTRE = constant(3);

  private ErrorFunction() {}

  /** erf x = 2/√π ∫ e^-t² dt from 0 to x; error below 2 ulp. */
  public static FloatVector erf(FloatVector x) {
    FloatVector size = x.abs();
    FloatVector t = size.min(END);
    FloatVector z = t.mul(t);
    FloatVector s = SMALL_5.fma(z, SMALL_4).fma(z, SMALL_3).fma(z, SMALL_2).fma(z, SMALL_1);
    s = s.fma(z, SMALL_0).fma(t, t);
    FloatVector q = LARGE_8.fma(t, LARGE_7).fma(t, LARGE_6).fma(t, LARGE_5).fma(t, LARGE_4);
    q = q.fma(t, LARGE_3).fma(t, LARGE_2).fma(t, LARGE_1).fma(t, LARGE_0);
    FloatVector minus = q.fma(t, t).neg();
    FloatVector rounded = minus.fma(LOG2_E, ROUND);
    FloatVector n = rounded.sub(ROUND);
    FloatVector r = n.fma(MINUS_LN2_LOW, n.fma(MINUS_LN2_HIGH, minus));
    FloatVector p = EXP_4.fma(r, EXP_3).fma(r, EXP_2).fma(r, EXP_1).fma(r, HALF);
    p = p.fma(r.mul(r), r).add(ONE);
    FloatVector power =
        rounded
            .reinterpretAsInts()
            .add(ROUNDED_BIAS)
            .lanewise(VectorOperators.LSHL, 23)
            .reinterpretAsFloats();
    FloatVector y = ONE.sub(p.mul(power)).blend(s, t.compare(VectorOperators.LT, SPLIT));
    IntVector sign = x.reinterpretAsInts().lanewise(VectorOperators.XOR, size.reinterpretAsInts());
    return y.reinterpretAsInts().lanewise(VectorOperators.XOR, sign).reinterpretAsFloats();
  }

  /**
   * The x of erf x, ±∞ for ±1 and NaN beyond; error below 4 ulp. With w = -ln(1 - x²) it is x times
   * a polynomial in w, or in √w in the tails (Giles, <i>Approximating the erfinv Function</i>, GPU
   * Computing Gems, 2010, whose single precision polynomials these are).
   */
  public static FloatVector inverse(FloatVector x) {
    FloatVector w = VectorMath.log(ONE.sub(x).mul(ONE.add(x))).neg();
    FloatVector m = w.sub(MIDDLE_CENTRE);
    FloatVector p = MIDDLE_8.fma(m, MIDDLE_7).fma(m, MIDDLE_6).fma(m, MIDDLE_5).fma(m, MIDDLE_4);
    p = p.fma(m, MIDDLE_3).fma(m, MIDDLE_2).fma(m, MIDDLE_1).fma(m, MIDDLE_0);
    FloatVector t = w.sqrt().sub(TAIL_CENTRE);
    FloatVector q = TAIL_8.fma(t, TAIL_7).fma(t, TAIL_6).fma(t, TAIL_5).fma(t, TAIL_4);
    q = q.fma(t, TAIL_3).fma(t, TAIL_2).fma(t, TAIL_1).fma(t, TAIL_0);
    p = p.blend(q, w.compare(VectorOperators.GE, TAIL_FROM));
    return p.blend(w, w.compare(VectorOperators.EQ, INFINITY)).mul(x);
  }

  /**
   * Φ(x) = (1 + erf(x/√2)) / 2, the part of the normal distribution below x; absolute error below
   * 1e-7, relative error below 1e-4 where the result is small.
   */
  public static FloatVector normal(FloatVector x) {
    FloatVector t = x.abs().mul(ROOT_HALF).min(END);
    FloatVector z = t.mul(t);
    FloatVector s = SMALL_5.fma(z, SMALL_4).fma(z, SMALL_3).fma(z, SMALL_2).fma(z, SMALL_1);
    s = s.fma(z, SMALL_0).fma(t, t);
    FloatVector q = LARGE_8.fma(t, LARGE_7).fma(t, LARGE_6).fma(t, LARGE_5).fma(t, LARGE_4);
    q = q.fma(t, LARGE_3).fma(t, LARGE_2).fma(t, LARGE_1).fma(t, LARGE_0);
    FloatVector minus = q.fma(t, t).neg();
    FloatVector rounded = minus.fma(LOG2_E, ROUND);
    FloatVector n = rounded.sub(ROUND);
    FloatVector r = n.fma(MINUS_LN2_LOW, n.fma(MINUS_LN2_HIGH, minus));
    FloatVector p = EXP_4.fma(r, EXP_3).fma(r, EXP_2).fma(r, EXP_1).fma(r, HALF);
    p = p.fma(r.mul(r), r).add(ONE);
    FloatVector power =
        rounded
            .reinterpretAsInts()
            .add(ROUNDED_BIAS)
            .lanewise(VectorOperators.LSHL, 23)
            .reinterpretAsFloats();
    // 2 Φ(-|x|)
    FloatVector below = p.mul(power).blend(ONE.sub(s), t.compare(VectorOperators.LT, SPLIT));
    below = below.blend(ZERO, t.compare(VectorOperators.GE, END)).mul(HALF);
    VectorMask<Float> positive = x.compare(VectorOperators.GT, ZERO);
    return below.blend(ONE.sub(below), positive);
  }
}
