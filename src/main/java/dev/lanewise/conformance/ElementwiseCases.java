package dev.lanewise.conformance;

import static dev.lanewise.conformance.ReferenceOps.op;
import static dev.lanewise.conformance.ReferenceOps.unary;

import dev.lanewise.tensor.Tensor;

/** Elementwise operations and activations. */
final class ElementwiseCases {
  private ElementwiseCases() {}

  static void register() {
    unary("relu", Tensor::relu);
    unary("sigmoid", Tensor::sigmoid);
    unary("tanh", Tensor::tanh);
    op("softmax", c -> c.in("x").softmax(c.integer("dim")));
    op("log_softmax", c -> c.in("x").logSoftmax(c.integer("dim")));
    unary("exp", Tensor::exp);
    unary("log", Tensor::log);
    unary("sqrt", Tensor::sqrt);
    unary("neg", Tensor::neg);
    unary("sin", Tensor::sin);
    unary("cos", Tensor::cos);
    unary("square", x -> x.mul(x));
    unary("reciprocal", x -> x.pow(-1));
    unary("pow3", x -> x.pow(3));
    op("add", c -> c.in("a").add(c.in("b")));
    op("sub", c -> c.in("a").sub(c.in("b")));
    op("mul", c -> c.in("a").mul(c.in("b")));
    op("div", c -> c.in("a").div(c.in("b")));
    op("pow", c -> c.in("a").pow(c.in("b")));
  }
}
