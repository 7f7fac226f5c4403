package dev.lanewise.kernel.update;

import dev.lanewise.kernel.elementwise.UnaryFormula;
import jdk.incubator.vector.FloatVector;

/**
 * One step of an optimiser for one element, as pure expressions on vectors, each with its scalar
 * twin, which gives the same bits. Implementations are records whose components are the numbers of
 * the step (rates, decays, corrections); each class has one compiled loop.
 *
 * <p>x is the parameter, g its slope, s0 to s2 what the optimiser remembers, n0 to n2 the same
 * after the step. They are computed in the order of the methods here. The rules of {@link
 * UnaryFormula} hold.
 */
public interface UpdateFormula {
  /**
   * What is remembered becomes 0 below this. A mean that decays would otherwise end among the
   * subnormal numbers, for ever, since 0.9 times the smallest of them rounds to itself; and these
   * are multiplied slowly: an update with momentum of 61,706 elements took 436 µs instead of 10.
   * Six binary digits above the smallest normal number, so that a product with a decay is normal,
   * too.
   */
  float LEAST_STATE = 0x1p-120f;

  /** How many numbers are remembered for each element, 0 to 3. */
  int states();

  /** n0. */
  default FloatVector first(FloatVector x, FloatVector g, FloatVector s0, FloatVector s1) {
    return s0;
  }

  /** n0 of one element. */
  default float first(float x, float g, float s0, float s1) {
    return s0;
  }

  /** n1. */
  default FloatVector second(FloatVector g, FloatVector n0, FloatVector s1) {
    return s1;
  }

  /** n1 of one element. */
  default float second(float g, float n0, float s1) {
    return s1;
  }

  /** n2. */
  default FloatVector third(FloatVector g, FloatVector n0, FloatVector n1, FloatVector s2) {
    return s2;
  }

  /** n2 of one element. */
  default float third(float g, float n0, float n1, float s2) {
    return s2;
  }

  /** The parameter after the step. */
  FloatVector parameter(
      FloatVector x,
      FloatVector g,
      FloatVector s0,
      FloatVector n0,
      FloatVector s1,
      FloatVector n1,
      FloatVector n2);

  /** The parameter of one element after the step. */
  float parameter(float x, float g, float s0, float n0, float s1, float n1, float n2);
}
