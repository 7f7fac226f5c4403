package dev.lanewise.op;

import dev.lanewise.kernel.Lanes;
import dev.lanewise.tensor.Tensor;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import org.jspecify.annotations.Nullable;

/**
 * y = 1 where x > 0, else 0; its derivative is 0 wherever it exists. The derivative of {@link
 * Relu}.
 */
public record Step() implements UnaryOp {
  @Override
  public FloatVector f(FloatVector x) {
    return FloatVector.zero(Lanes.F).blend(1, x.compare(VectorOperators.GT, 0));
  }

  @Override
  public float f(float x) {
    return x > 0 ? 1 : 0;
  }

  @Override
  public FloatVector df(FloatVector x, FloatVector y) {
    return FloatVector.zero(Lanes.F);
  }

  @Override
  public float df(float x, float y) {
    return 0;
  }

  @Override
  public boolean usesInput() {
    return false;
  }

  @Override
  public boolean usesOutput() {
    return false;
  }

  @Override
  public Tensor derivative(@Nullable Tensor x, @Nullable Tensor y) {
    return Tensor.scalar(0);
  }
}
