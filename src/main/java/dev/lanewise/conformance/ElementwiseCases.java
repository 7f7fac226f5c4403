package dev.lanewise.conformance;

import static dev.lanewise.conformance.ReferenceOps.op;
import static dev.lanewise.conformance.ReferenceOps.unary;

import dev.lanewise.tensor.Tensor;
import java.util.function.BinaryOperator;

/** Elementwise operations and activations. */
final class ElementwiseCases {
  private ElementwiseCases() {}

  static void register() {
    // Functions of one variable.
    unary("relu", Tensor::relu);
    unary("relu6", Tensor::relu6);
    unary("sigmoid", Tensor::sigmoid);
    unary("expit", Tensor::sigmoid);
    unary("tanh", Tensor::tanh);
    unary("selu", Tensor::selu);
    unary("silu", Tensor::silu);
    unary("swish", Tensor::silu);
    unary("mish", Tensor::mish);
    unary("softsign", Tensor::softsign);
    unary("hardswish", Tensor::hardswish);
    unary("hardsigmoid", Tensor::hardsigmoid);
    unary("tanhshrink", Tensor::tanhshrink);
    unary("logsigmoid", Tensor::logSigmoid);
    unary("log_sigmoid", Tensor::logSigmoid);
    unary("exp", Tensor::exp);
    unary("exp2", Tensor::exp2);
    unary("expm1", Tensor::expm1);
    unary("log", Tensor::log);
    unary("log1p", Tensor::log1p);
    unary("log2", Tensor::log2);
    unary("log10", Tensor::log10);
    unary("sqrt", Tensor::sqrt);
    unary("rsqrt", Tensor::rsqrt);
    unary("neg", Tensor::neg);
    unary("negative", Tensor::neg);
    unary("abs", Tensor::abs);
    unary("absolute", Tensor::abs);
    unary("sign", Tensor::sign);
    unary("sgn", Tensor::sign);
    unary("square", Tensor::square);
    unary("reciprocal", Tensor::reciprocal);
    unary("sin", Tensor::sin);
    unary("cos", Tensor::cos);
    unary("tan", Tensor::tan);
    unary("asin", Tensor::asin);
    unary("acos", Tensor::acos);
    unary("atan", Tensor::atan);
    unary("arcsin", Tensor::asin);
    unary("arccos", Tensor::acos);
    unary("arctan", Tensor::atan);
    unary("sinh", Tensor::sinh);
    unary("cosh", Tensor::cosh);
    unary("asinh", Tensor::asinh);
    unary("acosh", Tensor::acosh);
    unary("atanh", Tensor::atanh);
    unary("arcsinh", Tensor::asinh);
    unary("arccosh", Tensor::acosh);
    unary("arctanh", Tensor::atanh);
    unary("erf", Tensor::erf);
    unary("erfc", Tensor::erfc);
    unary("floor", Tensor::floor);
    unary("ceil", Tensor::ceil);
    unary("round", Tensor::round);
    unary("trunc", Tensor::trunc);
    unary("fix", Tensor::trunc);
    unary("frac", Tensor::frac);
    unary("logit", Tensor::logit);
    unary("deg2rad", Tensor::deg2rad);
    unary("rad2deg", Tensor::rad2deg);
    unary("pow3", x -> x.pow(3));
    unary("cube", x -> x.pow(3));
    // Activations with attributes.
    op("leaky_relu", c -> c.in("x").leakyRelu(c.number("negative_slope", 0.01f)));
    op("elu", c -> c.in("x").elu(c.number("alpha", 1)));
    op("celu", c -> c.in("x").celu(c.number("alpha", 1)));
    op(
        "gelu",
        c ->
            c.text("approximate", "none").equals("tanh") ? c.in("x").geluTanh() : c.in("x").gelu());
    op("softplus", c -> c.in("x").softplus(c.number("beta", 1), c.number("threshold", 20)));
    op("hardtanh", c -> c.in("x").hardtanh(c.number("min_val", -1), c.number("max_val", 1)));
    op("softshrink", c -> c.in("x").softshrink(c.number("lambd", 0.5f)));
    op("hardshrink", c -> c.in("x").hardshrink(c.number("lambd", 0.5f)));
    op("threshold", c -> c.in("x").threshold(c.number("threshold", 0), c.number("value", 0)));
    op(
        "prelu",
        c -> c.in("x").prelu(c.has("in.weight") ? c.in("weight") : c.tensor("param.weight")));
    op("glu", c -> c.in("x").glu(dim(c)));
    op("softmax", c -> c.in("x").softmax(dim(c)));
    op("log_softmax", c -> c.in("x").logSoftmax(dim(c)));
    op("softmin", c -> c.in("x").softmin(dim(c)));
    // Functions of several variables.
    binary("add", Tensor::add);
    binary("sub", Tensor::sub);
    binary("mul", Tensor::mul);
    binary("div", Tensor::div);
    binary("pow", Tensor::pow);
    binary("maximum", Tensor::maximum);
    binary("minimum", Tensor::minimum);
    binary("fmax", Tensor::maximum);
    binary("fmin", Tensor::minimum);
    binary("atan2", Tensor::atan2);
    binary("arctan2", Tensor::atan2);
    binary("fmod", Tensor::fmod);
    binary("remainder", Tensor::remainder);
    binary("floor_divide", Tensor::floorDivide);
    binary("hypot", Tensor::hypot);
    binary("logaddexp", Tensor::logaddexp);
    binary("xlogy", Tensor::xlogy);
    binary("eq", Tensor::eq);
    binary("ne", Tensor::ne);
    binary("lt", Tensor::lt);
    binary("le", Tensor::le);
    binary("gt", Tensor::gt);
    binary("ge", Tensor::ge);
    binary("logical_and", Tensor::logicalAnd);
    binary("logical_or", Tensor::logicalOr);
    binary("logical_xor", Tensor::logicalXor);
    op("rsub", c -> b(c).sub(c.in("a").mul(c.number("alpha", 1))));
    op("clamp", ElementwiseCases::clamp);
    op("clip", ElementwiseCases::clamp);
    op("where", c -> Tensor.where(c.in("cond"), c.in("a"), c.in("b")));
    op("masked_fill", c -> c.in("x").maskedFill(c.in("mask"), c.number("value", 0)));
    op(
        "lerp",
        c ->
            c.in("a")
                .lerp(
                    c.in("b"),
                    c.has("in.weight") ? c.in("weight") : Tensor.scalar(c.number("weight", 0.5f))));
    op("addcmul", c -> c.in("x").addcmul(c.in("a"), c.in("b"), c.number("value", 1)));
    op("addcdiv", c -> c.in("x").addcdiv(c.in("a"), c.in("b"), c.number("value", 1)));
  }

  /** A function of a, or x, and of b, or of a number. */
  private static void binary(String name, BinaryOperator<Tensor> body) {
    op(name, c -> body.apply(c.has("in.a") ? c.in("a") : c.in("x"), b(c)));
  }

  private static Tensor b(Case c) {
    for (String name : new String[] {"b", "y", "other"}) {
      if (c.has("in." + name)) {
        return c.in(name);
      }
    }
    for (String name : new String[] {"b", "other", "exponent", "value", "scalar"}) {
      if (c.attribute(name) instanceof Number number) {
        return Tensor.scalar(number.floatValue());
      }
    }
    return c.in("b");
  }

  private static Tensor clamp(Case c) {
    if (c.has("in.min") && c.has("in.max")) {
      return c.in("x").clamp(c.in("min"), c.in("max"));
    }
    return c.in("x")
        .clamp(c.number("min", Float.NEGATIVE_INFINITY), c.number("max", Float.POSITIVE_INFINITY));
  }

  private static int dim(Case c) {
    return c.attribute("dim") == null ? -1 : c.integer("dim");
  }
}
