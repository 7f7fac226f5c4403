package dev.lanewise.kernel.elementwise;

import dev.lanewise.kernel.template.VectorInliner;
import jdk.incubator.vector.FloatVector;

/**
 * An elementwise function of one variable, as a pure expression on vectors, with a scalar twin.
 * Implementations are records: equal records share one compiled loop, and their components are
 * constants of it.
 *
 * <p>The expression must use nothing but its argument, constants and other static expressions such
 * as those of {@link VectorMath}, so that {@link VectorInliner} can copy it into the loop.
 */
public interface VectorFunction {
  /** The function on all lanes. */
  FloatVector f(FloatVector x);

  /** The function on one element. */
  float f(float x);
}
