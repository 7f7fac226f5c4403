package dev.lanewise.kernel.elementwise;

import jdk.incubator.vector.FloatVector;

/** An elementwise function of one variable and its derivative, by the rules of its base. */
public interface UnaryFormula extends VectorFunction {
  /**
   * The derivative on all lanes.
   *
   * @param x the input; of no meaning unless {@link #usesInput()}
   * @param y the output {@code f(x)}; of no meaning unless {@link #usesOutput()}
   */
  FloatVector df(FloatVector x, FloatVector y);

  /** The derivative at one element. */
  float df(float x, float y);

  /** Whether the derivative reads the input. */
  boolean usesInput();

  /** Whether the derivative reads the output. */
  boolean usesOutput();
}
