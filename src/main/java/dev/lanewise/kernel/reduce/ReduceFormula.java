package dev.lanewise.kernel.reduce;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** What combines two partial results of a reduction: associative, up to rounding. */
public sealed interface ReduceFormula {
  /** What changes nothing when combined. */
  float identity();

  /** Combines lane by lane. */
  FloatVector combine(FloatVector a, FloatVector b);

  /** Combines two elements. */
  float combine(float a, float b);

  /** The sum. */
  record Sum() implements ReduceFormula {
    @Override
    public float identity() {
      return 0;
    }

    @Override
    public FloatVector combine(FloatVector a, FloatVector b) {
      return a.add(b);
    }

    @Override
    public float combine(float a, float b) {
      return a + b;
    }
  }

  /** The product. */
  record Product() implements ReduceFormula {
    @Override
    public float identity() {
      return 1;
    }

    @Override
    public FloatVector combine(FloatVector a, FloatVector b) {
      return a.mul(b);
    }

    @Override
    public float combine(float a, float b) {
      return a * b;
    }
  }

  /** A reduction that chooses one of its elements; NaN is chosen before all others. */
  sealed interface Choice extends ReduceFormula {
    /** The lanes in which a is chosen before b; false where one is NaN. */
    VectorMask<Float> better(FloatVector a, FloatVector b);

    /** Whether a is chosen before b; false where one is NaN. */
    boolean better(float a, float b);
  }

  /** The maximum. */
  record Max() implements Choice {
    @Override
    public float identity() {
      return Float.NEGATIVE_INFINITY;
    }

    @Override
    public FloatVector combine(FloatVector a, FloatVector b) {
      return a.max(b);
    }

    @Override
    public float combine(float a, float b) {
      return Math.max(a, b);
    }

    @Override
    public VectorMask<Float> better(FloatVector a, FloatVector b) {
      return a.compare(VectorOperators.GT, b);
    }

    @Override
    public boolean better(float a, float b) {
      return a > b;
    }
  }

  /** The minimum. */
  record Min() implements Choice {
    @Override
    public float identity() {
      return Float.POSITIVE_INFINITY;
    }

    @Override
    public FloatVector combine(FloatVector a, FloatVector b) {
      return a.min(b);
    }

    @Override
    public float combine(float a, float b) {
      return Math.min(a, b);
    }

    @Override
    public VectorMask<Float> better(FloatVector a, FloatVector b) {
      return a.compare(VectorOperators.LT, b);
    }

    @Override
    public boolean better(float a, float b) {
      return a < b;
    }
  }
}
