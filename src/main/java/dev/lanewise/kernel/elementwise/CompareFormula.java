package dev.lanewise.kernel.elementwise;

import dev.lanewise.kernel.vector.Lanes;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** Comparisons and logic as functions to 0 and 1; false with NaN. */
public sealed interface CompareFormula extends BinaryFormula {
  /** a = b. */
  record Equal() implements CompareFormula {
    @Override
    public FloatVector f(FloatVector a, FloatVector b) {
      return FloatVector.zero(Lanes.F).blend(1, a.compare(VectorOperators.EQ, b));
    }

    @Override
    public float f(float a, float b) {
      return a == b ? 1 : 0;
    }
  }

  /** a &lt; b. */
  record Less() implements CompareFormula {
    @Override
    public FloatVector f(FloatVector a, FloatVector b) {
      return FloatVector.zero(Lanes.F).blend(1, a.compare(VectorOperators.LT, b));
    }

    @Override
    public float f(float a, float b) {
      return a < b ? 1 : 0;
    }
  }

  /** a ≤ b. */
  record LessOrEqual() implements CompareFormula {
    @Override
    public FloatVector f(FloatVector a, FloatVector b) {
      return FloatVector.zero(Lanes.F).blend(1, a.compare(VectorOperators.LE, b));
    }

    @Override
    public float f(float a, float b) {
      return a <= b ? 1 : 0;
    }
  }

  /** a ≠ b; true with NaN. */
  record NotEqual() implements CompareFormula {
    @Override
    public FloatVector f(FloatVector a, FloatVector b) {
      return FloatVector.zero(Lanes.F).blend(1, a.compare(VectorOperators.NE, b));
    }

    @Override
    public float f(float a, float b) {
      return a != b ? 1 : 0;
    }
  }
}
