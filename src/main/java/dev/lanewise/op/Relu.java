package dev.lanewise.op;

import dev.lanewise.kernel.Lanes;
import dev.lanewise.tensor.Tensor;
import java.util.Objects;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import org.jspecify.annotations.Nullable;

/** y = max(x, 0); dy/dx = 1 where x > 0, else 0 (0 at 0, as PyTorch). NaN passes through. */
public record Relu() implements UnaryOp {
  @Override
  public FloatVector f(FloatVector x) {
    return x.max(0);
  }

  @Override
  public float f(float x) {
    return Math.max(x, 0);
  }

  @Override
  public FloatVector df(FloatVector x, FloatVector y) {
    return FloatVector.zero(Lanes.F).blend(1, y.compare(VectorOperators.GT, 0));
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

  @Override
  public Tensor derivative(@Nullable Tensor x, @Nullable Tensor y) {
    return Tensor.apply(new Step(), Objects.requireNonNull(y).detach());
  }

  /** y = 1 where x > 0, else 0; its derivative is 0 wherever it exists. */
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
}
