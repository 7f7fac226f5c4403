package dev.lanewise.kernel;

import jdk.incubator.vector.FloatVector;

/**
 * An elementwise function of one variable and its derivative, as pure expressions on vectors, with
 * scalar twins. Implementations are records: equal records share one compiled loop, and their
 * components are constants of it.
 *
 * <p>The expressions must use nothing but their arguments, constants and other static expressions
 * such as those of {@link VectorMath}, so that {@link VectorInliner} can copy them into the loop.
 */
public interface UnaryFormula {
  /** The function on all lanes. */
  FloatVector f(FloatVector x);

  /** The function on one element. */
  float f(float x);

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
