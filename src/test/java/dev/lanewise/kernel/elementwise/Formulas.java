package dev.lanewise.kernel.elementwise;

import dev.lanewise.kernel.vector.Lanes;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** Formulas for the tests of the elementwise kernels. */
public final class Formulas {
  private Formulas() {}

  /** Its derivative reads the output only. */
  public record Relu() implements UnaryFormula {
    @Override
    public FloatVector f(FloatVector x) {
      return x.max(0f);
    }

    @Override
    public float f(float x) {
      return Math.max(x, 0f);
    }

    @Override
    public FloatVector df(FloatVector x, FloatVector y) {
      return FloatVector.zero(Lanes.F).blend(1f, y.compare(VectorOperators.GT, 0f));
    }

    @Override
    public float df(float x, float y) {
      return y > 0 ? 1 : 0;
    }

    @Override
    public boolean usesInput() {
      return false;
    }

    @Override
    public boolean usesOutput() {
      return true;
    }
  }

  /** A long formula; its derivative reads the input only. */
  public record Exp() implements UnaryFormula {
    @Override
    public FloatVector f(FloatVector x) {
      return VectorMath.exp(x);
    }

    @Override
    public float f(float x) {
      return (float) Math.exp(x);
    }

    @Override
    public FloatVector df(FloatVector x, FloatVector y) {
      return VectorMath.exp(x);
    }

    @Override
    public float df(float x, float y) {
      return (float) Math.exp(x);
    }

    @Override
    public boolean usesInput() {
      return true;
    }

    @Override
    public boolean usesOutput() {
      return false;
    }
  }

  /** With a component; its derivative reads both, or nothing if the slope is 0. */
  record Scaled(float slope) implements UnaryFormula {
    @Override
    public FloatVector f(FloatVector x) {
      return x.mul(slope);
    }

    @Override
    public float f(float x) {
      return x * slope;
    }

    @Override
    public FloatVector df(FloatVector x, FloatVector y) {
      return slope == 0 ? FloatVector.zero(Lanes.F) : x.add(y);
    }

    @Override
    public float df(float x, float y) {
      return slope == 0 ? 0 : x + y;
    }

    @Override
    public boolean usesInput() {
      return slope != 0;
    }

    @Override
    public boolean usesOutput() {
      return slope != 0;
    }
  }

  /** Not symmetric, so that exchanged operands show. */
  record Sub() implements BinaryFormula {
    @Override
    public FloatVector f(FloatVector a, FloatVector b) {
      return a.sub(b);
    }

    @Override
    public float f(float a, float b) {
      return a - b;
    }
  }

  /** A second binary formula. */
  public record Mul() implements BinaryFormula {
    @Override
    public FloatVector f(FloatVector a, FloatVector b) {
      return a.mul(b);
    }

    @Override
    public float f(float a, float b) {
      return a * b;
    }
  }
}
