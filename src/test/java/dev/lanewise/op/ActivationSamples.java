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
    add(new Relu.Step(), variant, awayFromZero(dims));
  }
}
