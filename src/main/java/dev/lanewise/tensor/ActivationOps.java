package dev.lanewise.tensor;

import dev.lanewise.op.Elu;
import dev.lanewise.op.Gelu;
import dev.lanewise.op.GeluTanh;
import dev.lanewise.op.Hardshrink;
import dev.lanewise.op.Hardsigmoid;
import dev.lanewise.op.Hardswish;
import dev.lanewise.op.Hardtanh;
import dev.lanewise.op.LeakyRelu;
import dev.lanewise.op.LogSigmoid;
import dev.lanewise.op.LogSoftmax;
import dev.lanewise.op.Mish;
import dev.lanewise.op.Relu;
import dev.lanewise.op.Sigmoid;
import dev.lanewise.op.Silu;
import dev.lanewise.op.Softmax;
import dev.lanewise.op.Softplus;
import dev.lanewise.op.Softshrink;
import dev.lanewise.op.Softsign;
import dev.lanewise.op.Tanh;
import dev.lanewise.op.Threshold;
import java.util.Arrays;
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

  /** At least 0 and at most 6. */
  public Tensor relu6() {
    return Tensor.apply(new Hardtanh(0, 6), self());
  }

  /** this above 0, {@code negativeSlope} times this below. */
  public Tensor leakyRelu(float negativeSlope) {
    return Tensor.apply(new LeakyRelu(negativeSlope), self());
  }

  /** this above 0, α (e^this - 1) below. */
  public Tensor elu(float alpha) {
    return Tensor.apply(new Elu(alpha, 1, 1), self());
  }

  /** α (e^(this/α) - 1) below 0, this above. */
  public Tensor celu(float alpha) {
    return Tensor.apply(new Elu(alpha, 1, 1 / alpha), self());
  }

  /** ELU that keeps mean 0 and variance 1 (Klambauer et al., 2017). */
  public Tensor selu() {
    return Tensor.apply(new Elu(1.6732632423543772f, 1.0507009873554805f, 1), self());
  }

  /** x Φ(x) with the normal distribution. */
  public Tensor gelu() {
    return Tensor.apply(new Gelu(), self());
  }

  /** GELU by its approximation with tanh. */
  public Tensor geluTanh() {
    return Tensor.apply(new GeluTanh(), self());
  }

  /** x sigmoid(x), also called swish. */
  public Tensor silu() {
    return Tensor.apply(new Silu(), self());
  }

  /** x tanh(softplus(x)). */
  public Tensor mish() {
    return Tensor.apply(new Mish(), self());
  }

  /** ln(1 + e^x). */
  public Tensor softplus() {
    return softplus(1, 20);
  }

  /** ln(1 + e^βx) / β, x itself where βx is above the threshold. */
  public Tensor softplus(float beta, float threshold) {
    return Tensor.apply(new Softplus(beta, threshold), self());
  }

  /** x / (1 + |x|). */
  public Tensor softsign() {
    return Tensor.apply(new Softsign(), self());
  }

  /** x sigmoid made of three straight pieces. */
  public Tensor hardswish() {
    return Tensor.apply(new Hardswish(), self());
  }

  /** Sigmoid made of three straight pieces. */
  public Tensor hardsigmoid() {
    return Tensor.apply(new Hardsigmoid(), self());
  }

  /** At least {@code min} and at most {@code max}; derivative 0 at both. */
  public Tensor hardtanh(float min, float max) {
    return Tensor.apply(new Hardtanh(min, max), self());
  }

  /** x - tanh(x). */
  public Tensor tanhshrink() {
    return self().sub(tanh());
  }

  /** Moved towards 0 by λ. */
  public Tensor softshrink(float lambda) {
    return Tensor.apply(new Softshrink(lambda), self());
  }

  /** 0 between -λ and λ. */
  public Tensor hardshrink(float lambda) {
    return Tensor.apply(new Hardshrink(lambda), self());
  }

  /** this above the threshold, else {@code value}. */
  public Tensor threshold(float threshold, float value) {
    return Tensor.apply(new Threshold(threshold, value), self());
  }

  /** ln sigmoid(x). */
  public Tensor logSigmoid() {
    return Tensor.apply(new LogSigmoid(), self());
  }

  /** Softmax of -x. */
  public Tensor softmin(int dim) {
    return self().neg().softmax(dim);
  }

  /**
   * This above 0, weight times this below.
   *
   * @param weight one value, or one for each channel (dimension 1)
   * @throws IllegalArgumentException when it has another number of values
   */
  public Tensor prelu(Tensor weight) {
    Shape shape = self().shape();
    int channels = shape.rank() < 2 ? 1 : shape.dim(1);
    if (weight.size() != 1 && weight.size() != channels) {
      throw new IllegalArgumentException(
          "prelu: weight must have 1 or "
              + channels
              + " values for input "
              + shape
              + ", found "
              + weight.shape());
    }
    int[] dims = new int[Math.max(1, shape.rank())];
    Arrays.fill(dims, 1);
    dims[shape.rank() < 2 ? 0 : 1] = Math.toIntExact(weight.size());
    Tensor w = shape.rank() == 0 ? weight.reshape() : weight.reshape(dims);
    return self().relu().sub(self().neg().relu().mul(w));
  }

  /** The first half of a dimension times the sigmoid of the second one (Dauphin et al., 2016). */
  public Tensor glu(int dim) {
    Shape shape = self().shape();
    int size = shape.dim(shape.axis("glu", dim));
    if (size % 2 != 0) {
      throw new IllegalArgumentException(
          "glu: dimension " + dim + " of " + shape + " must be even");
    }
    return self().slice(dim, 0, size / 2).mul(self().slice(dim, size / 2, size).sigmoid());
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
