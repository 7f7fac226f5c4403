package dev.lanewise.kernel.elementwise;

import static dev.lanewise.kernel.elementwise.VectorMath.HALF;
import static dev.lanewise.kernel.elementwise.VectorMath.INFINITY;
import static dev.lanewise.kernel.elementwise.VectorMath.NAN;
import static dev.lanewise.kernel.elementwise.VectorMath.ONE;
import static dev.lanewise.kernel.elementwise.VectorMath.TWO;
import static dev.lanewise.kernel.elementwise.VectorMath.ZERO;
import static dev.lanewise.kernel.elementwise.VectorMath.constant;
import static dev.lanewise.kernel.elementwise.VectorMath.ints;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** Inverses of the trigonometric and hyperbolic functions; see {@link VectorMath}. */
public final class ArcFunctions {
  static final IntVector SIGN = ints(Integer.MIN_VALUE);
  static final FloatVector HALF_PI = constant(0x1.921fb6p0f);
  static final FloatVector HALF_PI_LOW = constant(-0x1.777a5cp-25f);
  static final FloatVector PI = constant(0x1.921fb6p1f);
  static final FloatVector PI_LOW = constant(-0x1.777a5cp-24f);
  static final FloatVector LN2 = constant(0x1.62e43p-1f);

  /** Above it, 1 beside x² does not count. */
  static final FloatVector BIG = constant(0x1p30f);

  // atan t = t + t z A(z) with z = t², t from 0 to 1.
  static final FloatVector ATAN_0 = constant(-0x1.55553ep-2f);
  static final FloatVector ATAN_1 = constant(0x1.9991eap-3f);
  static final FloatVector ATAN_2 = constant(-0x1.2420fap-3f);
  static final FloatVector ATAN_3 = constant(0x1.c092dep-4f);
  static final FloatVector ATAN_4 = constant(-0x1.5820f8p-4f);
  static final FloatVector ATAN_5 = constant(0x1.da8a34p-5f);
  static final FloatVector ATAN_6 = constant(-0x1.fe581cp-6f);
  static final FloatVector ATAN_7 = constant(0x1.652948p-7f);
  static final FloatVector ATAN_8 = constant(-0x1.d5581ap-10f);

  private ArcFunctions() {}

  /** The arc tangent; error below 2 ulp. */
  public static FloatVector atan(FloatVector x) {
    FloatVector size = x.abs();
    VectorMask<Float> steep = size.compare(VectorOperators.GT, ONE);
    FloatVector t = size.blend(ONE.div(size), steep);
    FloatVector z = t.mul(t);
    FloatVector p = ATAN_8.fma(z, ATAN_7).fma(z, ATAN_6).fma(z, ATAN_5).fma(z, ATAN_4);
    p = p.fma(z, ATAN_3).fma(z, ATAN_2).fma(z, ATAN_1).fma(z, ATAN_0);
    p = p.mul(z).fma(t, t);
    p = p.blend(HALF_PI.sub(p.sub(HALF_PI_LOW)), steep);
    IntVector sign = x.reinterpretAsInts().lanewise(VectorOperators.AND, SIGN);
    return p.reinterpretAsInts().lanewise(VectorOperators.XOR, sign).reinterpretAsFloats();
  }

  /** The angle of the point (b, a), from -π to π; error below 3 ulp, cases as {@link Math}. */
  public static FloatVector atan2(FloatVector a, FloatVector b) {
    FloatVector height = a.abs();
    FloatVector width = b.abs();
    VectorMask<Float> steep = height.compare(VectorOperators.GT, width);
    FloatVector large = height.max(width);
    FloatVector t = height.min(width).div(large);
    t = t.blend(ZERO, large.compare(VectorOperators.EQ, ZERO));
    t = t.blend(ONE, height.min(width).compare(VectorOperators.EQ, INFINITY));
    FloatVector z = t.mul(t);
    FloatVector p = ATAN_8.fma(z, ATAN_7).fma(z, ATAN_6).fma(z, ATAN_5).fma(z, ATAN_4);
    p = p.fma(z, ATAN_3).fma(z, ATAN_2).fma(z, ATAN_1).fma(z, ATAN_0);
    p = p.mul(z).fma(t, t);
    p = p.blend(HALF_PI.sub(p.sub(HALF_PI_LOW)), steep);
    p = p.blend(PI.sub(p.sub(PI_LOW)), b.test(VectorOperators.IS_NEGATIVE));
    IntVector sign = a.reinterpretAsInts().lanewise(VectorOperators.AND, SIGN);
    return p.reinterpretAsInts().lanewise(VectorOperators.XOR, sign).reinterpretAsFloats();
  }

  /** The arc sine, NaN outside -1..1; error below 3 ulp. */
  public static FloatVector asin(FloatVector x) {
    return atan(x.div(ONE.sub(x).mul(ONE.add(x)).sqrt()));
  }

  /** The arc cosine, NaN outside -1..1; error below 3 ulp. */
  public static FloatVector acos(FloatVector x) {
    FloatVector half = atan(ONE.sub(x).div(ONE.add(x)).sqrt());
    return half.add(half);
  }

  /** The inverse of sinh; error below 3 ulp. */
  public static FloatVector asinh(FloatVector x) {
    // ln(|x| + √(x² + 1)) = ln(1 + |x| + x² / (1 + √(x² + 1)))
    FloatVector size = x.abs();
    VectorMask<Float> big = size.compare(VectorOperators.GT, BIG);
    FloatVector square = size.mul(size);
    FloatVector rest = square.div(square.add(ONE).sqrt().add(ONE)).blend(ZERO, big);
    FloatVector y = Exponentials.log1p(size.add(rest));
    y = y.add(ZERO.blend(LN2, big));
    IntVector sign = x.reinterpretAsInts().lanewise(VectorOperators.AND, SIGN);
    return y.reinterpretAsInts().lanewise(VectorOperators.OR, sign).reinterpretAsFloats();
  }

  /** The inverse of cosh, NaN below 1; error below 3 ulp. */
  public static FloatVector acosh(FloatVector x) {
    FloatVector t = x.sub(ONE);
    VectorMask<Float> big = x.compare(VectorOperators.GT, BIG);
    FloatVector root = t.fma(t, t.add(t)).sqrt().blend(ZERO, big);
    FloatVector y = Exponentials.log1p(t.add(root)).add(ZERO.blend(LN2, big));
    return y.blend(NAN, x.compare(VectorOperators.LT, ONE));
  }

  /** The inverse of tanh, NaN outside -1..1; error below 3 ulp. */
  public static FloatVector atanh(FloatVector x) {
    FloatVector size = x.abs();
    FloatVector y = Exponentials.log1p(size.mul(TWO).div(ONE.sub(size))).mul(HALF);
    IntVector sign = x.reinterpretAsInts().lanewise(VectorOperators.AND, SIGN);
    return y.reinterpretAsInts().lanewise(VectorOperators.OR, sign).reinterpretAsFloats();
  }
}
