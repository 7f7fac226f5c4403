package dev.lanewise.tensor;

import dev.lanewise.op.LogSoftmax;
import dev.lanewise.op.Relu;
import dev.lanewise.op.Sigmoid;
import dev.lanewise.op.Softmax;
import dev.lanewise.op.Tanh;
import java.util.function.UnaryOperator;

/** Operations on a {@link Tensor}, activations, softmax among them. */
public abstract sealed class ActivationOps extends ElementwiseOps permits ReductionOps {
  ActivationOps() {}

  /** 1 / (1 + e^-this). */
  public Tensor sigmoid() {
    return Tensor.apply(new Sigmoid(), self());
  }

  /** Hyperbolic tangent. */
  public Tensor tanh() {
    return Tensor.apply(new Tanh(), self());
  }

  /** max(this, 0). */
  public Tensor relu() {
    return Tensor.apply(new Relu(), self());
  }

  /** e^x / Σ e^x along a dimension. */
  public Tensor softmax(int dim) {
    return alongLast(dim, rows -> Tensor.apply(new Softmax(), rows));
  }

  /** ln softmax along a dimension. */
  public Tensor logSoftmax(int dim) {
    return alongLast(dim, rows -> Tensor.apply(new LogSoftmax(), rows));
  }

  private Tensor alongLast(int dim, UnaryOperator<Tensor> rowwise) {
    Shape shape = self().shape();
    if (shape.rank() == 0) {
      return rowwise.apply(self().reshape(1, 1)).reshape();
    }
    int axis = shape.axis("softmax", dim);
    Tensor x = axis == shape.rank() - 1 ? self() : self().transpose(axis, -1);
    Tensor y = rowwise.apply(x.reshape(-1, shape.dim(axis))).reshape(x.shape().toArray());
    return axis == shape.rank() - 1 ? y : y.transpose(axis, -1);
  }
}
