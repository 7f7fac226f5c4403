package dev.lanewise.op;

import dev.lanewise.tensor.Shape;

/** Calls of activations. */
final class ActivationSamples extends SampleSet {
  @Override
  void samples() {
    for (int[] dims : new int[][] {{}, {7}, {3, 5}}) {
      unary(Shape.of(dims).toString(), dims);
    }
    for (int[] dims : new int[][] {{3, 5}, {2, 1}, {1, 19}, {5, 33}}) {
      add(new Softmax(), Shape.of(dims).toString(), normal(dims));
      add(new LogSoftmax(), Shape.of(dims).toString(), normal(dims));
    }
  }

  @Override
  void images(int n) {
    String batch = "batch " + n;
    unary(batch, n, 2, 3, 3);
  }

  @Override
  void refused() {
    bad(new Softmax(), "rows of at least one element", Shape.of(3, 0));
    bad(new LogSoftmax(), "rows of at least one element", Shape.of(3));
  }

  private void unary(String variant, int... dims) {
    add(new Sigmoid(), variant, normal(dims));
    add(new Tanh(), variant, normal(dims));
    add(new Relu(), variant, awayFromZero(dims));
    add(new UnaryOp.Slope(new Relu()), variant, awayFromZero(dims));
    add(new LeakyRelu(0.1f), variant, awayFromZero(dims));
    add(new Elu(1.3f, 1.1f, 0.7f), variant, awayFromZero(dims));
    add(new Gelu(), variant, normal(dims));
    add(new GeluTanh(), variant, normal(dims));
    add(new Silu(), variant, normal(dims));
    add(new Mish(), variant, normal(dims));
    add(new LogSigmoid(), variant, normal(dims));
    add(new Softplus(1, 20), variant, normal(dims));
    add(new Softplus(2, 0.9f), variant, betweenSteps(dims));
    add(new Softplus.Rest(new Softplus(2, 0.9f)), variant, betweenSteps(dims));
    add(new Softsign(), variant, awayFromZero(dims));
    add(new Hardtanh(-0.55f, 0.45f), variant, betweenSteps(dims));
    add(new Threshold(0.45f, 2), variant, betweenSteps(dims));
    add(new Softshrink(0.45f), variant, betweenSteps(dims));
    add(new Hardshrink(0.45f), variant, betweenSteps(dims));
    add(new Hardsigmoid(), variant, normal(dims));
    add(new Hardswish(), variant, normal(dims));
  }
}
