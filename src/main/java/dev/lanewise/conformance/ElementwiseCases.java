package dev.lanewise.conformance;

import static dev.lanewise.conformance.ReferenceOps.function;
import static dev.lanewise.conformance.ReferenceOps.op;
import static dev.lanewise.conformance.ReferenceOps.unary;

import dev.lanewise.tensor.Tensor;
import java.util.List;
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
    unary("erfinv", Tensor::erfinv);
    unary("lgamma", Tensor::lgamma);
    unary("digamma", Tensor::digamma);
    unary("floor", Tensor::floor);
    unary("ceil", Tensor::ceil);
    op("round", ElementwiseCases::round);
    unary("trunc", Tensor::trunc);
    unary("fix", Tensor::trunc);
    unary("frac", Tensor::frac);
    op("logit", ElementwiseCases::logit);
    unary("deg2rad", Tensor::deg2rad);
    unary("rad2deg", Tensor::rad2deg);
    unary("pow3", x -> x.pow(3));
    unary("cube", x -> x.pow(3));
    unary("positive", x -> x);
    unary("softmax2d", x -> x.softmax(-3));
    unary("gelu_tanh", Tensor::geluTanh);
    unary("quick_gelu", x -> x.mul(x.mul(1.702f).sigmoid()));
    unary("sinc", Tensor::sinc);
    unary("logical_not", Tensor::logicalNot);
    unary("isnan", Tensor::isnan);
    unary("isinf", Tensor::isinf);
    unary("isfinite", Tensor::isfinite);
    // Activations with attributes; without, they are functions.
    function("leaky_relu", x -> x.leakyRelu(0.01f));
    function("elu", x -> x.elu(1));
    function("celu", x -> x.celu(1));
    function("gelu", Tensor::gelu);
    function("softplus", Tensor::softplus);
    function("hardtanh", x -> x.hardtanh(-1, 1));
    for (String name : List.of("identity", "none", "linear", "contiguous", "clone")) {
      function(name, x -> x);
    }
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
    op("prelu", c -> c.in("x").prelu(c.weight("weight")));
    op(
        "rrelu",
        c -> c.in("x").leakyRelu((c.number("lower", 1 / 8f) + c.number("upper", 1 / 3f)) / 2));
    op("glu", c -> c.in("x").glu(dim(c)));
    op("softmax", c -> c.in("x").softmax(dim(c)));
    op("log_softmax", c -> c.in("x").logSoftmax(dim(c)));
    op("softmin", c -> c.in("x").softmin(dim(c)));
    // Functions of several variables.
    op("add", c -> a(c).add(scaled(c)));
    for (String name : List.of("sub", "subtract")) {
      op(name, c -> a(c).sub(scaled(c)));
    }
    for (String name : List.of("mul", "multiply")) {
      binary(name, Tensor::mul);
    }
    for (String name : List.of("div", "divide", "true_divide")) {
      op(name, ElementwiseCases::quotient);
    }
    binary("float_power", Tensor::pow);
    binary("logaddexp2", Tensor::logaddexp2);
    binary("copysign", Tensor::copysign);
    binary("heaviside", Tensor::heaviside);
    op("pow", c -> power(c));
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
    op("rsub", c -> b(c).sub(a(c).mul(c.number("alpha", 1))));
    for (String name : List.of("clamp", "clip", "clamp_min", "clamp_max")) {
      op(name, ElementwiseCases::clamp);
    }
    op("where", c -> Tensor.where(c.in("cond"), c.in("a"), c.in("b")));
    op("masked_fill", c -> c.in("x").maskedFill(c.in("mask"), c.number("value", 0)));
    op("lerp", c -> a(c).lerp(c.in("b"), weight(c)));
    op("addcmul", c -> c.in("x").addcmul(first(c), second(c), c.number("value", 1)));
    op("addcdiv", c -> c.in("x").addcdiv(first(c), second(c), c.number("value", 1)));
    op("dropout", ElementwiseCases::dropout);
    for (String name : List.of("dropout1d", "dropout2d", "alpha_dropout")) {
      op(name, ElementwiseCases::dropout);
    }
  }

  private static Tensor first(Case c) {
    return c.has("in.a") ? c.in("a") : c.in("tensor1");
  }

  private static Tensor second(Case c) {
    return c.has("in.b") ? c.in("b") : c.in("tensor2");
  }

  private static Tensor weight(Case c) {
    return c.has("in.weight") ? c.in("weight") : Tensor.scalar(c.number("weight", 0.5f));
  }

  /** Outside of training, or with the mask that was drawn. */
  private static Tensor dropout(Case c) {
    Tensor x = c.in("x");
    if (c.has("in.mask")) {
      return Tensor.where(c.in("mask"), x.div(1 - c.number("p", 0.5f)), Tensor.scalar(0));
    }
    if (c.flag("training") && c.number("p", 0.5f) > 0) {
      throw new UnsupportedCaseException("dropout with the random numbers of another engine");
    }
    return x;
  }

  private static Tensor round(Case c) {
    float scale = (float) Math.pow(10, c.number("decimals", 0));
    return scale == 1 ? c.in("x").round() : c.in("x").mul(scale).round().div(scale);
  }

  private static Tensor logit(Case c) {
    float eps = c.number("eps", 0);
    return eps == 0 ? c.in("x").logit() : c.in("x").clamp(eps, 1 - eps).logit();
  }

  /** A number to the power of x, or a function of two. */
  private static Tensor power(Case c) {
    return c.attribute("base") instanceof Number base
        ? Tensor.scalar(base.floatValue()).pow(c.in("x"))
        : a(c).pow(b(c));
  }

  private static Tensor scaled(Case c) {
    float alpha = c.number("alpha", 1);
    return alpha == 1 ? b(c) : b(c).mul(alpha);
  }

  private static Tensor quotient(Case c) {
    Tensor y = a(c).div(b(c));
    return switch (c.text("rounding_mode", "")) {
      case "floor" -> y.floor();
      case "trunc" -> y.trunc();
      default -> y;
    };
  }

  private static Tensor a(Case c) {
    return c.in("a");
  }

  /** A function of a, or x, and of b, or of a number. */
  private static void binary(String name, BinaryOperator<Tensor> body) {
    op(name, c -> body.apply(a(c), b(c)));
  }

  private static Tensor b(Case c) {
    Tensor found = c.input("b");
    if (found != null) {
      return found;
    }
    for (String name : List.of("b", "other", "exponent", "value", "scalar")) {
      if (c.attributes().get(name) instanceof Number number) {
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
    return c.integer("dims", -1);
  }
}
