package dev.lanewise.kernel.update;

import static dev.lanewise.kernel.vector.Lanes.F;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * A step along one direction: x - rate direction. What the formulas are made of stands here, too.
 */
interface Descent extends UpdateFormula {
  /** The learning rate, or what is left of it after corrections. */
  float rate();

  /** Where the step goes to, backwards. */
  FloatVector direction(
      FloatVector g,
      FloatVector s0,
      FloatVector n0,
      FloatVector s1,
      FloatVector n1,
      FloatVector n2);

  /** The direction of one element. */
  float direction(float g, float s0, float n0, float s1, float n1, float n2);

  @Override
  default FloatVector parameter(
      FloatVector x,
      FloatVector g,
      FloatVector s0,
      FloatVector n0,
      FloatVector s1,
      FloatVector n1,
      FloatVector n2) {
    return fma(direction(g, s0, n0, s1, n1, n2), -rate(), x);
  }

  @Override
  default float parameter(float x, float g, float s0, float n0, float s1, float n1, float n2) {
    return Math.fma(direction(g, s0, n0, s1, n1, n2), -rate(), x);
  }

  /** The direction depends on what is remembered after the step alone, as most do. */
  interface OfNew extends Descent {
    /** The direction. */
    FloatVector direction(FloatVector g, FloatVector n0, FloatVector n1, FloatVector n2);

    /** The direction of one element. */
    float direction(float g, float n0, float n1, float n2);

    @Override
    default FloatVector direction(
        FloatVector g,
        FloatVector s0,
        FloatVector n0,
        FloatVector s1,
        FloatVector n1,
        FloatVector n2) {
      return direction(g, n0, n1, n2);
    }

    @Override
    default float direction(float g, float s0, float n0, float s1, float n1, float n2) {
      return direction(g, n0, n1, n2);
    }
  }

  static FloatVector fma(FloatVector a, float b, FloatVector c) {
    return a.fma(FloatVector.broadcast(F, b), c);
  }

  static FloatVector fma(FloatVector a, float b, float c) {
    return a.fma(FloatVector.broadcast(F, b), FloatVector.broadcast(F, c));
  }

  static float root(float x) {
    return (float) Math.sqrt(x);
  }

  static FloatVector sign(FloatVector x) {
    return FloatVector.zero(F)
        .blend(1, x.compare(VectorOperators.GT, 0))
        .blend(-1, x.compare(VectorOperators.LT, 0));
  }
}
