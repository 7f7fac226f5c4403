package dev.lanewise.kernel.elementwise;

import static dev.lanewise.kernel.elementwise.VectorMath.BIAS;
import static dev.lanewise.kernel.elementwise.VectorMath.INFINITY;
import static dev.lanewise.kernel.elementwise.VectorMath.LEAST_NORMAL;
import static dev.lanewise.kernel.elementwise.VectorMath.MINUS_INFINITY;
import static dev.lanewise.kernel.elementwise.VectorMath.NAN;
import static dev.lanewise.kernel.elementwise.VectorMath.ONE;
import static dev.lanewise.kernel.elementwise.VectorMath.ROOT_HALF_BITS;
import static dev.lanewise.kernel.elementwise.VectorMath.ROUND;
import static dev.lanewise.kernel.elementwise.VectorMath.ROUND_BITS;
import static dev.lanewise.kernel.elementwise.VectorMath.TWENTY_THREE;
import static dev.lanewise.kernel.elementwise.VectorMath.TWO_TO_23;
import static dev.lanewise.kernel.elementwise.VectorMath.ZERO;
import static dev.lanewise.kernel.elementwise.VectorMath.constant;
import static dev.lanewise.kernel.elementwise.VectorMath.ints;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Powers: x^y = 2^(y log2 x). The exponent is up to 150, and its error becomes one of the result,
 * relative to it; so the logarithm is computed in two floats, high and low, whose sum has some 36
 * valid bits. What a product or a sum of floats rounds away is had exactly by a multiply-add
 * (Dekker, <i>A floating-point technique for extending the available precision</i>, 1971). The
 * polynomials are least-maximum fits of this project, rounded to float one coefficient after the
 * other. The JDK's own power is not used: with vectors of less than 16 lanes its compiled form puts
 * them on the heap.
 */
public final class Power {
  // With s = (m - 1) / (m + 1) and z = s^2: log2 m = s (LOG_0 + z (LOG_1 + z Q(z))), where LOG_0
  // and
  // LOG_1 are 2 / ln 2 and a third of it, in two parts; for m from the root of 1/2 to the root of
  // 2.
  static final FloatVector LOG_0 = constant(0x1.715476p1f);
  static final FloatVector LOG_0_LOW = constant(0x1.4ae0cp-25f);
  static final FloatVector LOG_1 = constant(0x1.ec709ep-1f);
  static final FloatVector LOG_1_LOW = constant(-0x1.e2fe02p-28f);
  static final FloatVector Q_0 = constant(0x1.27770ep-1f);
  static final FloatVector Q_1 = constant(0x1.a5bbfap-2f);
  static final FloatVector Q_2 = constant(0x1.59ee04p-2f);

  // (2^r - 1) / r for |r| up to 1/2.
  static final FloatVector EXP_0 = constant(0x1.62e43p-1f);
  static final FloatVector EXP_1 = constant(0x1.ebfb94p-3f);
  static final FloatVector EXP_2 = constant(0x1.c6af9ep-5f);
  static final FloatVector EXP_3 = constant(0x1.3b682ep-7f);
  static final FloatVector EXP_4 = constant(0x1.5ef4f6p-10f);
  static final FloatVector EXP_5 = constant(0x1.17803ap-13f);

  /** Two to less than this, or more than minus this, is a normal float, rounded or not. */
  static final FloatVector NORMAL = constant(126);

  /** Two to this is infinite, and to minus this 0; 2^n is a product of two normal floats. */
  static final FloatVector LARGEST = constant(160);

  static final FloatVector MINUS_LARGEST = constant(-160);

  /** From here on all floats are even numbers. */
  static final FloatVector TWO_TO_24 = constant(0x1p24f);

  static final IntVector SIGN = ints(Integer.MIN_VALUE);

  private Power() {}

  /**
   * x^y; error below 1.1 ulp, denormal arguments and results included. Special cases as {@link
   * Math#pow}, except that any power of 1, and an infinite one of -1, is 1, as in C and PyTorch.
   */
  public static FloatVector pow(FloatVector x, FloatVector y) {
    FloatVector size = x.abs();
    // size = 2^e m with m from the root of 1/2 to the root of 2. Denormal, negative and infinite
    // numbers, and NaN, cost as much again: most vectors have none.
    boolean ordinary =
        x.compare(VectorOperators.GE, LEAST_NORMAL)
            .and(x.compare(VectorOperators.LT, INFINITY))
            .allTrue();
    IntVector bits = x.reinterpretAsInts();
    FloatVector lift = ZERO;
    if (!ordinary) {
      VectorMask<Float> denormal = size.compare(VectorOperators.LT, LEAST_NORMAL);
      bits = size.blend(size.mul(TWO_TO_23), denormal).reinterpretAsInts();
      lift = ZERO.blend(TWENTY_THREE, denormal);
    }
    IntVector shift = bits.sub(ROOT_HALF_BITS).lanewise(VectorOperators.ASHR, 23);
    FloatVector m = bits.sub(shift.lanewise(VectorOperators.LSHL, 23)).reinterpretAsFloats();
    FloatVector e = shift.add(ROUND_BITS).reinterpretAsFloats().sub(ROUND).sub(lift);

    // s = f / t; m + 1 has a bit too many, m - 1 has not.
    FloatVector f = m.sub(ONE);
    FloatVector t = m.add(ONE);
    FloatVector tLow = m.sub(t.sub(ONE));
    FloatVector inverse = ONE.div(t);
    FloatVector s = f.mul(inverse);
    FloatVector minusS = s.neg();
    FloatVector sLow = minusS.fma(tLow, minusS.fma(t, f)).mul(inverse);
    FloatVector z = s.mul(s);
    FloatVector zLow = s.fma(s, z.neg()).add(s.add(s).mul(sLow));

    // u = LOG_1 + z Q(z), v = z u, w = LOG_0 + v, log2 m = s w.
    FloatVector q = Q_2.fma(z, Q_1).fma(z, Q_0);
    FloatVector u = q.fma(z, LOG_1);
    FloatVector uLow = q.fma(z, LOG_1.sub(u)).add(LOG_1_LOW);
    FloatVector v = z.mul(u);
    FloatVector vLow = zLow.fma(u, z.fma(uLow, z.fma(u, v.neg())));
    FloatVector w = LOG_0.add(v);
    FloatVector wLow = LOG_0.sub(w).add(v).add(vLow.add(LOG_0_LOW));
    FloatVector product = s.mul(w);
    FloatVector productLow = sLow.fma(w, s.fma(wLow, s.fma(w, product.neg())));
    FloatVector log = e.add(product);
    FloatVector logLow = e.sub(log).add(product).add(productLow);
    if (!ordinary) {
      // That of 0, of infinity and of NaN, which is itself.
      log =
          size.blend(log, size.compare(VectorOperators.LT, INFINITY))
              .blend(MINUS_INFINITY, size.compare(VectorOperators.EQ, ZERO));
    }

    // 2^(n + r)
    FloatVector exponent = y.mul(log);
    FloatVector exponentLow = y.fma(logLow, y.fma(log, exponent.neg()));
    FloatVector rounded = exponent.add(ROUND);
    FloatVector r = exponent.sub(rounded.sub(ROUND)).add(exponentLow);
    FloatVector p = EXP_5.fma(r, EXP_4).fma(r, EXP_3).fma(r, EXP_2).fma(r, EXP_1).fma(r, EXP_0);
    p = p.fma(r, ONE);
    IntVector n = rounded.reinterpretAsInts().sub(ROUND_BITS);
    if (ordinary && exponent.abs().compare(VectorOperators.LT, NORMAL).allTrue()) {
      return p.mul(n.add(BIAS).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats());
    }
    // In two factors, for n is beyond the exponents of normal floats.
    IntVector half = n.lanewise(VectorOperators.ASHR, 1);
    IntVector rest = n.sub(half);
    p = p.mul(half.add(BIAS).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats());
    p = p.mul(rest.add(BIAS).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats());
    // Where the exponent is NaN it is the result, too.
    p =
        exponent
            .blend(p, exponent.abs().compare(VectorOperators.LT, LARGEST))
            .blend(INFINITY, exponent.compare(VectorOperators.GE, LARGEST))
            .blend(ZERO, exponent.compare(VectorOperators.LE, MINUS_LARGEST));

    // A negative x: y + 2^23 is rounded to a whole number, whose last bit tells whether it is odd.
    FloatVector ySize = y.abs();
    VectorMask<Float> large = ySize.compare(VectorOperators.GE, TWO_TO_23);
    FloatVector parity = ySize.add(TWO_TO_23).blend(ySize.min(TWO_TO_24), large);
    VectorMask<Float> broken =
        parity.sub(TWO_TO_23).compare(VectorOperators.NE, ySize).andNot(large);
    IntVector sign =
        parity
            .reinterpretAsInts()
            .lanewise(VectorOperators.LSHL, 31)
            .and(x.reinterpretAsInts())
            .and(SIGN);
    FloatVector signed =
        p.reinterpretAsInts().lanewise(VectorOperators.XOR, sign).reinterpretAsFloats();
    VectorMask<Float> negative =
        x.compare(VectorOperators.LT, ZERO).and(x.compare(VectorOperators.GT, MINUS_INFINITY));
    VectorMask<Float> infinite = ySize.compare(VectorOperators.EQ, INFINITY);
    return signed
        .blend(p, broken)
        .blend(NAN, broken.and(negative))
        .blend(ONE, x.compare(VectorOperators.EQ, ONE))
        .blend(ONE, y.compare(VectorOperators.EQ, ZERO))
        .blend(ONE, size.compare(VectorOperators.EQ, ONE).and(infinite));
  }
}
