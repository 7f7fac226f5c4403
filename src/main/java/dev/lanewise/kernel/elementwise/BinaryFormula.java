package dev.lanewise.kernel.elementwise;

import jdk.incubator.vector.FloatVector;

/**
 * An elementwise function of two variables as a pure expression on vectors, with its scalar twin.
 * The rules of {@link UnaryFormula} hold: records, no state, nothing that does not inline.
 */
public interface BinaryFormula {
  /** The function on all lanes. */
  FloatVector f(FloatVector a, FloatVector b);

  /** The function on one pair of elements. */
  float f(float a, float b);
}
